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
  /// Of ``small`` pixels at most.
  let areSmall: Bool
  /// Digits and letters are others in a mirror; their classes are called by one character.
  let mayBeMirrored: Bool
  /// Small pictures are moved, of photographs pieces of a third of the area and more are seen; mirrored where that may be.
  package let augmentation: AugmentationRecipe

  /// The greatest side of small pictures, such as digits' and CIFAR's.
  static let small = 64
  /// Height and width of photographs: classes can be told apart, and an epoch on a processor takes minutes.
  package static let photographs = 64
  /// The same where ResNet-18 is to learn much: of a 32nd of it three pixels are left before the average.
  static let detailed = 96
  /// The least side of small pictures for a network that does not take them as they are.
  package static let enlarged = 64

  /// - Throws: ``TrainingError/noPictures(set:)``, and what reading the first picture throws.
  package init(_ data: DataSource<Int>) throws {
    guard data.train.count > 0 else { throw TrainingError.noPictures(set: "training") }
    let first = try data.train.example(at: 0).image
    (self.data, size, channels) = (data, first.size, first.channels)
    areSmall = max(first.width, first.height) <= Self.small
    mayBeMirrored = !data.train.classNames.allSatisfy { $0.count == 1 }
    augmentation =
      try areSmall
      ? (mayBeMirrored ? .crop : .shift)
      : AugmentationRecipe("resized-crop:0.35\(mayBeMirrored ? ",flip" : "")")
  }

  /// What a method without labels does to the pictures: the papers' recipe of photographs; pieces of small pictures are half of
  /// them at least, or moved as a whole, and colours change as Chen et al. have it for CIFAR-10. Mirrored where that may be.
  package func views(for method: PretrainingMethod) -> AugmentationRecipe {
    let usual: AugmentationRecipe
    switch (areSmall, method) {
    case (true, .rotation): return augmentation
    case (true, .simclr): usual = Self.smallViews
    case (false, _): usual = method.augmentation
    }
    return mayBeMirrored ? usual : AugmentationRecipe(usual.operations.filter { !$0.kind.isFlip })
  }

  private static let smallViews: AugmentationRecipe = {
    let text = "resized-crop:0.5,flip,color:0.4:0.4:0.4:0.1:0.8,grey:0.2"
    guard let recipe = try? AugmentationRecipe(text) else { preconditionFailure("StudyPictures: \(text)") }
    return recipe
  }()

  var classes: Int { data.train.classNames.count }

  /// The residual network that was made for pictures of the side at which they are seen: of small ones ResNet-18's average has four
  /// pixels left, or one.
  /// - Parameters:
  ///   - asked: the side that a person asked for; nil is what suits.
  ///   - photographs: their side where nobody asks, in a study that has a reason for another one.
  package func usualNetwork(_ asked: Int?, photographs: Int = Self.photographs) -> String {
    let side = asked ?? (areSmall ? Self.small : photographs)
    return side <= Self.small ? "resnet20" : "resnet18"
  }

  /// The side that a network's pictures are brought to: the one asked for, else small pictures stay as they are where the network
  /// takes them, and photographs become small. Never less than the network takes.
  /// - Parameters:
  ///   - asked: by the person; nil is what suits.
  ///   - card: the network.
  ///   - photographs: their side where nobody asks, in a study that has a reason for another one.
  /// - Returns: nil where pictures stay as they are.
  package func side(_ asked: Int?, for card: NetworkCard, photographs: Int = Self.photographs) -> Int? {
    if let asked { return Self.side(asked, of: card) }
    guard areSmall else { return Self.side(photographs, of: card) }
    if min(size.width, size.height) < card.minimumSize { return Self.side(Self.enlarged, of: card) }
    // Of a folder of small pictures the first one's side: all must have one.
    let isOneSize = data.train is InMemoryDataset && size.width == size.height
    return isOneSize ? nil : max(size.width, size.height)
  }

  /// A side, or the least that a network takes.
  package static func side(_ asked: Int, of card: NetworkCard) -> Int { max(asked, card.minimumSize) }

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
  /// - Parameter optimizer: nil is the family's.
  package func recipe(
    for card: NetworkCard, optimizer: TrainingConfiguration.OptimizerKind? = nil
  ) -> TrainingConfiguration {
    var recipe = TrainingConfiguration.suited(to: card, optimizer: optimizer)
    recipe.batchSize = data.train.count < 5_000 ? 32 : 128
    // Networks for photographs that share the usual rate have batch norm: 0.1 for 256 pictures, in proportion (Goyal et al. 2017,
    // section 2.1). Those for small pictures bear more.
    if card.inputSize > Self.small, recipe.learningRate == TrainingConfiguration().learningRate {
      recipe.learningRate = 0.1 * Double(recipe.batchSize) / 256
    }
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
  ///   - optimizer: nil is the family's.
  ///   - change: of the recipe that suits them.
  func training(
    _ name: String, _ card: NetworkCard, side: Int?, on others: DataSource<Int>? = nil,
    optimizer: TrainingConfiguration.OptimizerKind? = nil,
    change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> StudyTraining {
    var configuration = recipe(for: card, optimizer: optimizer)
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

  /// The same with how many diverged.
  func seeds(_ value: (EpochRecord) -> Double) -> SeedValues {
    SeedValues(atEnd(value), diverged: self.count(where: { $0.divergence != nil }))
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
