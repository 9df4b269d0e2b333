import Datasets
import Engine
import Foundation
import Images
import Models

/// How many epochs the runs of a study have, and why.
public struct EpochPlan: Codable, Hashable, Sendable {
  /// Of each run.
  public let epochs: Int
  /// What the study would have had without a budget.
  public let wish: Int
  /// For all runs, in seconds; nil where the epochs were given.
  public let budget: Double?
  /// What one epoch of all runs takes as far as it was measured, in seconds; nil where the epochs were given.
  public let secondsPerEpoch: Double?

  /// As many epochs as were asked for.
  /// - Parameter epochs: of each run.
  public init(given epochs: Int) { (self.epochs, wish, budget, secondsPerEpoch) = (epochs, epochs, nil, nil) }

  /// As many epochs as fit, at most as many as are wished for, and at least one.
  /// - Parameters:
  ///   - wish: without a budget.
  ///   - budget: for all runs, in seconds.
  ///   - secondsPerEpoch: of one epoch of all runs together.
  public init(wish: Int, budget: Double, secondsPerEpoch: Double) {
    let fitting = budget / secondsPerEpoch
    // What takes no time, or is no number, cuts nothing.
    epochs = fitting < Double(wish) ? max(1, Int(fitting)) : max(1, wish)
    (self.wish, self.budget, self.secondsPerEpoch) = (wish, budget, secondsPerEpoch)
  }

  /// What of it people should know, in a sentence.
  public var sentence: String {
    guard let budget, let secondsPerEpoch else {
      return "Every run has \(counted(epochs, "epoch")), as was asked for."
    }
    let time = "\(StudyTable.Unit.duration.text(secondsPerEpoch)) an epoch of all runs"
    let limit = "the budget of \(StudyTable.Unit.duration.text(budget))"
    if secondsPerEpoch > budget {
      return "Every run has one epoch of \(wish): \(time) is more than \(limit)."
    }
    return epochs < wish
      ? "Every run has \(counted(epochs, "epoch")) of the \(wish) that it should have: at \(time) no more fit into \(limit)."
      : "Every run has \(counted(epochs, "epoch")), as many as it should have: \(time) fit into \(limit)."
  }
}

/// A network with its recipe that a study trains with each of its seeds.
public struct StudyTraining {
  /// Of its runs' folder, and in tables.
  public let name: String
  /// What it is trained on; nil is the study's data.
  public var data: DataSource<Int>?
  /// Of both parts.
  public let preprocessing: Preprocessing
  /// Its epochs and its seed are the study's.
  public var configuration: TrainingConfiguration
  /// Makes the network with the initial weights of a seed.
  public let network: (_ seed: UInt64) throws -> Network

  /// - Parameters:
  ///   - name: of its runs' folder, and in tables.
  ///   - data: what it is trained on; nil is the study's data.
  ///   - preprocessing: of both parts.
  ///   - configuration: its epochs and its seed are the study's.
  ///   - network: makes the network with the initial weights of a seed.
  public init(
    _ name: String, data: DataSource<Int>? = nil, preprocessing: Preprocessing,
    configuration: TrainingConfiguration, network: @escaping (_ seed: UInt64) throws -> Network
  ) {
    (self.name, self.data, self.preprocessing) = (name, data, preprocessing)
    (self.configuration, self.network) = (configuration, network)
  }
}

extension StudyContext {
  /// Trains each of some networks with each seed, and as many epochs as fit into the budget: the same for all of them. A run that
  /// diverges ends alone.
  /// - Parameters:
  ///   - trainings: by name, which tells their runs' folders apart.
  ///   - group: tells the plan from that of the study's other trainings.
  ///   - wish: epochs of a run, without a budget.
  ///   - share: of the study's budget.
  ///   - seeds: nil is the study's.
  ///   - keepsWeights: whether the runs' folders keep weights when all epochs are done.
  /// - Returns: the plan, which is remembered, and for each training its runs in the order of the seeds.
  /// - Throws: ``TrainingError``, `NetworkError`, and what reading pictures throws.
  public func train(
    _ trainings: [StudyTraining], group: String = "runs", wish: Int, share: Double = 1,
    seeds: [UInt64]? = nil,
    keepsWeights: Bool = false
  ) throws -> (plan: EpochPlan, runs: [[StudyRun]]) {
    let seeds = seeds ?? options.seeds
    let plan = try self.plan(trainings, group, wish, options.budget * share, seeds)
    say(plan.sentence)
    var runs = trainings.map { _ in [StudyRun]() }
    // Seed by seed: what is there after a while are all networks with some seeds, not some networks with all of them.
    for seed in seeds {
      for (place, training) in trainings.enumerated() {
        var configuration = training.configuration
        (configuration.epochs, configuration.seed) = (plan.epochs, seed)
        runs[place].append(
          try trainWhateverComes(
            "\(training.name)/seed-\(seed)", try training.network(seed), data: training.data ?? data,
            preprocessing: training.preprocessing, configuration: configuration, keepsWeights: keepsWeights))
      }
    }
    return (plan, runs)
  }

  private func plan(
    _ trainings: [StudyTraining], _ group: String, _ wish: Int, _ budget: Double, _ seeds: [UInt64]
  ) throws -> EpochPlan {
    let plan: EpochPlan = try remembered("plan-\(group)") {
      if let epochs = options.epochs { return EpochPlan(given: epochs) }
      let seconds = try trainings.reduce(0.0) { sum, training in
        say("timing \(training.name)")
        var configuration = training.configuration
        (configuration.epochs, configuration.seed) = (wish, seeds[0])
        let trainer = try Trainer(
          try training.network(seeds[0]), training.data ?? data, preprocessing: training.preprocessing,
          configuration: configuration)
        return sum + (try trainer.measuredSecondsPerEpoch())
      }
      return EpochPlan(wish: wish, budget: budget, secondsPerEpoch: seconds * Double(seeds.count))
    }
    if let epochs = options.epochs, epochs != plan.epochs {
      throw TrainingError.differentRun(folder: folder.path, differences: ["epochs"])
    }
    return plan
  }
}
