import Datasets
import Engine
import Images
import Models

/// What suits a study's pictures: the side that they are brought to, the network that is trained on them where nobody says, and how.
package struct StudyPictures {
  /// With the classes that there are.
  let data: DataSource<Int>
  /// Of the first one.
  let size: Image.Size
  let channels: Int
  /// Such as digits' and CIFAR's.
  let areSmall: Bool
  /// Digits and letters are others in a mirror; their classes are called by one character.
  let mayBeMirrored: Bool
  /// Small pictures are moved, of photographs pieces of a third of the area and more are seen; mirrored where that may be.
  package let augmentation: AugmentationRecipe

  /// Height and width of photographs: classes can be told apart, and an epoch on a processor takes minutes.
  package static let photographs = 64
  /// The least side of small pictures for a network that does not take them as they are.
  package static let enlarged = 64

  /// - Throws: ``TrainingError/noPictures(set:)``, and what reading the first picture throws.
  package init(_ data: DataSource<Int>) throws {
    guard data.train.count > 0 else { throw TrainingError.noPictures(set: "training") }
    let first = try data.train.example(at: 0).image
    (self.data, size, channels) = (data, first.size, first.channels)
    areSmall = max(first.width, first.height) <= 64
    mayBeMirrored = !data.train.classNames.allSatisfy { $0.count == 1 }
    augmentation =
      try areSmall
      ? (mayBeMirrored ? .crop : .shift)
      : AugmentationRecipe("resized-crop:0.35\(mayBeMirrored ? ",flip" : "")")
  }

  var classes: Int { data.train.classNames.count }
  /// The residual network that was made for pictures of this kind.
  package var usualNetwork: String { areSmall ? "resnet20" : "resnet18" }

  /// The side that a network's pictures are brought to: the one asked for, else small pictures stay as they are where the network
  /// takes them, and photographs become small. Never less than the network takes.
  /// - Parameters:
  ///   - asked: by the person; nil is what suits.
  ///   - card: the network.
  ///   - photographs: their side where nobody asks, in a study that has a reason for another one.
  /// - Returns: nil where pictures stay as they are.
  package func side(_ asked: Int?, for card: NetworkCard, photographs: Int = Self.photographs) -> Int? {
    let least = card.minimumSize
    if let asked { return max(asked, least) }
    guard areSmall else { return max(photographs, least) }
    if min(size.width, size.height) < least { return max(Self.enlarged, least) }
    // Of a folder of small pictures the first one's side: all must have one.
    let isOneSize = data.train is InMemoryDataset && size.width == size.height
    return isOneSize ? nil : max(size.width, size.height)
  }

  /// One side for several networks, which are compared on the same pictures: the greatest of their own.
  package func commonSide(_ asked: Int?, for cards: [NetworkCard]) -> Int {
    cards.map { side(asked, for: $0) ?? max(size.width, size.height) }.max() ?? Self.photographs
  }

  func preprocessing(for card: NetworkCard, side: Int?) throws -> Preprocessing {
    try PreprocessingChoice(card: card, channels: channels, size: side).preprocessing(for: data)
  }

  /// With random weights.
  func network(_ card: NetworkCard, seed: UInt64) throws -> Network {
    try Network(card, classes: classes, inputChannels: channels, seed: seed)
  }

  /// What is computed of a picture, and by how many parameters: of the network that these pictures' channels and classes make, not
  /// of the one on its card.
  func totals(of card: NetworkCard, side: Int) throws -> NetworkSummary.Totals {
    let network = try Network(card, classes: classes, inputChannels: channels, initializes: false)
    return try NetworkSummary(network, input: [1, side, side, channels]).totals
  }

  /// A family's recipe in batches that suit the number of pictures.
  func recipe(for card: NetworkCard) -> TrainingConfiguration {
    var recipe = TrainingConfiguration.suited(to: card)
    recipe.batchSize = data.train.count < 5_000 ? 32 : 128
    recipe.warmUpEpochs = 1
    recipe.augmentation = augmentation
    return recipe
  }

  /// Epochs that bring a run to its end, without a budget.
  var usualEpochs: Int { data.train.count < 5_000 ? 60 : 15 }

  /// A network from random weights.
  /// - Parameters:
  ///   - name: of its runs' folder, and in tables.
  ///   - card: the network.
  ///   - side: of its pictures; nil for as they are.
  ///   - others: what it is trained on in place of these pictures, of the same classes.
  ///   - change: of the recipe that suits them.
  func training(
    _ name: String, _ card: NetworkCard, side: Int?, on others: DataSource<Int>? = nil,
    change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> StudyTraining {
    var configuration = recipe(for: card)
    change(&configuration)
    return StudyTraining(
      name, on: others ?? data, preprocessing: try preprocessing(for: card, side: side),
      configuration: configuration
    ) { seed in try network(card, seed: seed) }
  }

  /// At which side networks see the pictures, for a study's paragraphs.
  static func sentence(_ networks: [(name: String, side: Int?)]) -> String {
    let parts = networks.map { name, side in
      "\(name) sees \(side.map { "them at \($0)×\($0)" } ?? "them as they are")"
    }
    return "Of the pictures: \(parts.joined(separator: ", "))."
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
  /// Says which of some recipes is the best by its mean, and how it did beside the first one, which none of them may beat.
  /// - Parameter recipes: with their accuracies, one a seed; none of one whose runs all diverged.
  /// - Returns: nil where there is nothing beside the first one.
  package static func bestBesideFirst(_ recipes: [(name: String, accuracies: [Double])]) -> String? {
    let means = recipes.map { recipe in
      recipe.accuracies.isEmpty
        ? -1 : recipe.accuracies.reduce(0, +) / Double(recipe.accuracies.count)
    }
    guard let best = means.indices.dropFirst().max(by: { means[$0] < means[$1] }) else { return nil }
    let (first, other) = (recipes[0], recipes[best])
    let text = comparison(other.name, other.accuracies, with: first.name, first.accuracies)
    return means[best] > means[0]
      ? "The best recipe: \(text)" : "No recipe beats \(first.name). The best of them: \(text)"
  }

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
