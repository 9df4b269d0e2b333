import Datasets
import Engine
import Images
import Models

/// What studies must know of the data's pictures to train on them.
struct StudyPictures {
  private let data: DataSource<Int>
  /// Of the first one.
  let size: Image.Size
  let channels: Int

  /// - Throws: what reading the first picture throws.
  init(_ data: DataSource<Int>) throws {
    let first = try data.train.example(at: 0).image
    (self.data, size, channels) = (data, first.size, first.channels)
  }

  var classes: Int { data.train.classNames.count }
  /// Such as digits' and CIFAR's.
  var areSmall: Bool { max(size.width, size.height) <= 64 }
  /// Digits and letters are others in a mirror; their classes are called by one character.
  var mayBeMirrored: Bool { !data.train.classNames.allSatisfy { $0.count == 1 } }

  /// The side that pictures are brought to: the one asked for, else small pictures stay as they are and photographs become
  /// small; nil for as they are.
  func side(_ asked: Int?) -> Int? {
    if let asked { return asked }
    if !areSmall { return 64 }
    return size.width == size.height ? nil : max(size.width, size.height)
  }

  func preprocessing(for card: NetworkCard, side: Int?) throws -> Preprocessing {
    try PreprocessingChoice(card: card, channels: channels, size: side).preprocessing(for: data)
  }

  /// A family's recipe in batches that suit the number of pictures, moved and, where that may be, mirrored.
  func recipe(for card: NetworkCard) -> TrainingConfiguration {
    var recipe = TrainingConfiguration.suited(to: card)
    recipe.batchSize = data.train.count < 5_000 ? 32 : 128
    recipe.warmUpEpochs = 1
    recipe.augmentation = mayBeMirrored ? .crop : .shift
    return recipe
  }

  /// Epochs that bring a run to its end, without a budget.
  var usualEpochs: Int { data.train.count < 5_000 ? 60 : 15 }

  func training(
    _ name: String, _ card: NetworkCard, side: Int?, change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> StudyTraining {
    var configuration = recipe(for: card)
    change(&configuration)
    let (classes, channels) = (classes, channels)
    return StudyTraining(
      name, on: data, preprocessing: try preprocessing(for: card, side: side), configuration: configuration
    ) { seed in try Network(card, classes: classes, inputChannels: channels, seed: seed) }
  }

  /// What of the data is not ImageNet's, for a study's differences.
  func difference(side: Int?) -> String {
    let seen = side.map { "seen at \($0)×\($0)" } ?? "seen as they are"
    return
      "The pictures are \(data.name): \(counted(data.train.count, "picture")) to train on and "
      + "\(counted(data.validation.count, "picture")) to measure by, in \(counted(classes, "class")), \(seen); not ImageNet's "
      + "1.28 million in 1,000 classes at 224×224."
  }
}

extension Array where Element == StudyRun {
  /// After the last epoch, of runs that did not diverge.
  func atEnd(_ value: (EpochRecord) -> Double) -> [Double] {
    compactMap { run in run.divergence == nil ? run.records.last.map(value) : nil }
  }

  /// A point an epoch, over the runs that got so far.
  func curve(_ value: (EpochRecord) -> Double) -> [StudyFigure.Point] {
    let epochs = map(\.records.count).max() ?? 0
    return (0..<epochs).map { epoch in
      .init(
        x: Double(epoch + 1),
        values: compactMap { $0.records.indices ~= epoch ? value($0.records[epoch]) : nil })
    }
  }

  /// How many diverged, where some did: `1 of 3`.
  var divergences: StudyTable.Cell {
    let diverged = filter { $0.divergence != nil }.count
    return diverged == 0 ? .none : .text("\(diverged) of \(count)")
  }
}

extension StudyResult {
  /// Says how one thing did beside another, and whether the seeds tell them apart.
  /// - Parameters:
  ///   - name: of the one.
  ///   - values: shares, one a seed; the higher the better.
  ///   - other: name of the other.
  ///   - others: shares, one a seed.
  ///   - what: the shares are of.
  static func comparison(
    _ name: String, _ values: [Double], with other: String, _ others: [Double], what: String = "accuracy"
  ) -> String {
    guard let least = values.min(), let most = values.max(), let otherLeast = others.min(),
      let otherMost = others.max()
    else { return "\(name) and \(other) cannot be compared: every run of one of them diverged." }
    let column = StudyTable.Column("", .share)
    let numbers = "\(name) has \(column.text(.of(values))) \(what), \(other) \(column.text(.of(others)))"
    if values.count < 2 || others.count < 2 { return "\(numbers); one seed each says little." }
    if least > otherMost {
      return "\(numbers): the worst seed of the one is better than the best of the other."
    }
    if most < otherLeast {
      return "\(numbers): the best seed of the one is worse than the worst of the other."
    }
    return "\(numbers): the ranges over the seeds overlap."
  }
}
