import Engine
import Models

/// The machines of R-CNN's classes, each trained on its objects and some negative examples, then on those together with the
/// negative examples that it takes for the class or nearly so, and so on.
///
/// A machine's weights depend on examples alone whose margin is below 1. When no negative example outside the training set
/// has a decision above −1, the machine is that of all negative examples.
struct HardNegativeMining {
  /// Above it an example is hard; below `easy` it is forgotten.
  private static let hard: Float = -1
  private static let easy: Float = -1.2
  /// What the machine of a class without objects says of everything: no score is above 0.
  private static let never: Float = -1000

  private let samples: RegionSamples
  private let classes: [String]
  private let options: RCNNTrainer.Options
  private let width: Int
  /// The place of each picture's first row among all.
  private let starts: [Int]
  private let pointers: [UnsafePointer<Float>]

  /// A class's decisions are `weights · x + bias`.
  typealias Machine = (weights: [Float], bias: Float)

  /// What a class is trained on.
  private struct Training {
    let positives: [Int]
    /// All that may be negative examples.
    let candidates: [Int]
    var negatives: [Int]
    var machine: Machine?
    var isDone = false
  }

  init(_ samples: RegionSamples, _ classes: [String], _ options: RCNNTrainer.Options) {
    (self.samples, self.classes, self.options) = (samples, classes, options)
    width = samples.pictures.first?.features.shape[1] ?? 0
    var starts: [Int] = []
    var pointers: [UnsafePointer<Float>] = []
    for picture in samples.pictures {
      starts.append(pointers.count)
      for row in picture.rows.indices {
        pointers.append(UnsafePointer(picture.features.storage.pointer + row * picture.features.shape[1]))
      }
    }
    (self.starts, self.pointers) = (starts, pointers)
  }

  /// - Returns: a machine for each class; that of a class without objects never finds one.
  func train(_ progress: (RCNNTrainer.Progress) -> Void) -> [Machine] {
    var trainings = classes.indices.map(begin)
    for round in 1...max(1, options.rounds) where !trainings.allSatisfy(\.isDone) {
      fit(&trainings)
      let decisions = decisions(of: trainings.map { $0.machine! })
      for label in classes.indices where !trainings[label].isDone {
        let counts = (trainings[label].positives.count, trainings[label].negatives.count)
        let found = mine(&trainings[label], decisions[label])
        progress(
          .machine(
            class: classes[label], round: round, positives: counts.0, negatives: counts.1, hard: found))
      }
    }
    return trainings.map { $0.machine! }
  }

  private func begin(_ label: Int) -> Training {
    var (positives, candidates): ([Int], [Int]) = ([], [])
    for (picture, start) in zip(samples.pictures, starts) {
      for (index, row) in picture.rows.enumerated() {
        if row.objectLabel == label {
          positives.append(start + index)
        } else if row.overlaps[label].overlap < options.negativeOverlap {
          candidates.append(start + index)
        }
      }
    }
    guard !positives.isEmpty else {
      let machine = (weights: [Float](repeating: 0, count: width), bias: Self.never)
      return Training(positives: [], candidates: [], negatives: [], machine: machine, isDone: true)
    }
    var generator = RandomStream(seed: options.seed).split("negatives").split(label)
    let first = candidates.shuffled(using: &generator).prefix(options.firstNegatives)
    return Training(positives: positives, candidates: candidates, negatives: first.sorted())
  }

  /// Trains the machines of all classes that are not done, a thread each.
  private func fit(_ trainings: inout [Training]) {
    trainings.withUnsafeMutableBufferPointer { trainings in
      let trainings = trainings.baseAddress!
      Parallel.forEach(classes.count) { label in
        guard !trainings[label].isDone else { return }
        let (positives, negatives) = (trainings[label].positives, trainings[label].negatives)
        let rows = (positives + negatives).map { pointers[$0] }
        let isPositive =
          [Bool](repeating: true, count: positives.count)
          + [Bool](repeating: false, count: negatives.count)
        let machine = withExtendedLifetime(samples) {
          LinearSVM(rows: rows, width: width, isPositive: isPositive, options.machine)
        }
        trainings[label].machine = (machine.weights, machine.bias)
      }
    }
  }

  /// By class, of all rows.
  private func decisions(of machines: [Machine]) -> [[Float]] {
    let weights = Tensor(machines.flatMap(\.weights), shape: [machines.count, width])
    let bias = Tensor(machines.map(\.bias), shape: [machines.count])
    var decisions = [[Float]](repeating: [], count: machines.count)
    for picture in samples.pictures where !picture.rows.isEmpty {
      let values = linear(picture.features, weight: weights, bias: bias).scalars
      for row in picture.rows.indices {
        for label in machines.indices { decisions[label].append(values[row * machines.count + label]) }
      }
    }
    return decisions
  }

  /// Forgets easy examples and adds hard ones.
  /// - Returns: how many were added; the class is done where none was.
  private func mine(_ training: inout Training, _ decisions: [Float]) -> Int {
    let present = Set(training.negatives)
    let hard = training.candidates.filter { decisions[$0] > Self.hard && !present.contains($0) }
    guard !hard.isEmpty else {
      training.isDone = true
      return 0
    }
    let added = hard.sorted { (-decisions[$0], $0) < (-decisions[$1], $1) }.prefix(options.addedNegatives)
    training.negatives = (training.negatives.filter { decisions[$0] >= Self.easy } + added).sorted()
    return added.count
  }
}
