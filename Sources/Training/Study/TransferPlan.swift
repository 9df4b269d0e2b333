import Datasets
import Engine
import Foundation
import Images
import Models

/// What transfer is measured with: a network, where its trunk comes from, and the pictures that it is transferred to.
struct TransferPlan {
  /// How a network comes to know the pictures.
  enum Way: String, CaseIterable {
    /// All weights are random at first.
    case scratch = "from scratch"
    /// The trunk stays, the classifier is trained.
    case probe = "frozen trunk"
    /// All weights are trained, the trunk's being another task's at first.
    case tuned = "fine-tuned"
  }

  let card: NetworkCard
  /// With the classes that are transferred to.
  let data: DataSource<Int>
  let preprocessing: Preprocessing
  /// Of the trunk.
  let weights: URL
  /// What was done for that, a sentence.
  let origin: String
  /// In what this is not the experiment that people make.
  let differences: [String]
  /// How many times as many epochs random weights have: a trunk of ImageNet has had its own before.
  let scratchFactor: Double
  /// Of the study's budget, what the trunk has left.
  let budgetShare: Double
  private let augmentation: AugmentationRecipe

  /// Whose published weights are taken, the first that there are.
  private static let published = ["squeezenet1_1", "mobilenet_v2", "resnet18", "resnet50"]
  /// Epochs at the full number of labels, without a budget; the trunk's too.
  static let wish = 12
  /// Of the budget, where a trunk is trained first.
  private static let sourceShare = 0.2
  /// Of published weights' epochs; with several times as many, random ones come near on enough pictures (He, Girshick and Dollár
  /// 2019, "Rethinking ImageNet Pre-training").
  private static let afreshFactor = 4.0

  /// Trains the trunk where there are no published weights of one.
  /// - Throws: ``TrainingError``, `WeightFileError`, and what reading pictures throws.
  init(_ context: StudyContext) throws {
    let pictures = try StudyPictures(context.data)
    augmentation = pictures.augmentation
    let found = try FoundWeights.all(in: context.options.weights)
    let taken = Self.published.lazy.compactMap { name in found.first { $0.network == name } }.first
    if pictures.channels == 3, let taken {
      card = try Registry.card(named: taken.network)
      preprocessing = try PreprocessingChoice(card: card, hasWeights: true, size: context.options.size)
        .preprocessing(for: context.data)
      (data, weights) = (context.data, taken.file)
      (budgetShare, scratchFactor) = (1, Self.afreshFactor)
      origin =
        "The trunk is \(taken.network)'s, trained on ImageNet and published (\(taken.file.lastPathComponent))."
      differences = [
        "Where the pictures are a part of ImageNet, as Imagenette's are, the published trunk has been trained on them."
      ]
      return
    }
    let usual = try Registry.card(
      named: pictures.usualNetwork(context.options.size, photographs: StudyPictures.detailed))
    card = usual
    preprocessing = try pictures.preprocessing(
      for: usual, side: pictures.side(context.options.size, for: usual, photographs: StudyPictures.detailed))
    let names = context.data.train.classNames
    guard names.count >= 4 else {
      throw TrainingError.invalidConfiguration(
        "transfer without published weights needs four classes or more, two to learn from and two to transfer to, not "
          + "\(names.count)")
    }
    let (known, new) = (names.indices.filter { $0 % 2 == 0 }, names.indices.filter { $0 % 2 == 1 })
    let source = StudyTraining(
      "source", on: try context.data.choosing(classes: known), preprocessing: preprocessing,
      configuration: pictures.recipe(for: usual)
    ) { seed in
      try Network(usual, classes: known.count, inputChannels: pictures.channels, seed: seed)
    }
    let (plan, runs) = try context.train(
      [source], group: "source", subject: "The trunk", wish: Self.wish, share: Self.sourceShare, seeds: [0],
      keepsWeights: true)
    let run = try runs.refusingDivergence()[0][0]
    data = try context.data.choosing(classes: new)
    weights = run.directory.best
    (budgetShare, scratchFactor) = (1 - Self.sourceShare, 1)
    let readable = names.map { ClassNames.readable($0) }
    let separator = readable.contains { $0.contains(",") } ? "; " : ", "
    func list(_ classes: [Int]) -> String { classes.map { readable[$0] }.joined(separator: separator) }
    origin =
      "The trunk is \(card.name)'s, trained here on \(known.count) of the \(names.count) classes (\(list(known))) and "
      + "transferred to the other \(new.count) (\(list(new))). \(plan.sentence)"
    differences = [
      "No published weights were given: the trunk knows half of these classes, and not the thousand of ImageNet."
    ]
  }

  /// Which runs have as many epochs as planned; nil is those on all pictures.
  var epochSubject: String? { scratchFactor == 1 ? nil : "A run on all pictures with the trunk" }
  /// How many epochs the others have, in sentences.
  var otherEpochs: String {
    let fewer = "With fewer labels there are more epochs, by the root of the share: an epoch has fewer steps."
    guard scratchFactor != 1 else { return fewer }
    let more = "From scratch there are \(Int(scratchFactor)) times as many"
    return "\(fewer) \(more), since the trunk has had its own on ImageNet."
  }

  /// A network that is about to be trained in a way.
  private func network(_ way: Way, seed: UInt64) throws -> Network {
    let network = try Network(
      card, classes: data.train.classNames.count, inputChannels: preprocessing.channels, seed: seed)
    // The trunk alone: a classifier that knows these classes already would be no transfer.
    if way != .scratch {
      _ = try PretrainedWeights.loadTrunk(
        of: WeightFile(path: weights.path).aligned(with: network.store.all.map(\.name)), into: network)
    }
    return network
  }

  /// What is trained with a share of the labels, which are others with each seed. With fewer of them an epoch has fewer steps, so
  /// there are more epochs: as many as at all labels by the root of the share. Random weights have ``scratchFactor`` times as many.
  /// - Throws: what reading targets throws.
  func training(_ way: Way, share: Double) throws -> StudyTraining {
    var configuration = TrainingConfiguration.suited(
      to: card, startsAfresh: way == .scratch, isProbe: way == .probe)
    // Of every seed as many.
    configuration.batchSize = max(4, min(64, try data.train.labelled(share: share, seed: 0).count / 8))
    if way == .probe { configuration.linearProbe = true } else { configuration.augmentation = augmentation }
    var result = StudyTraining(
      "\(way)/share-\(Int((100 * share).rounded()))", configuration: configuration
    ) { configuration, output, observer in
      try Trainer(
        network(way, seed: configuration.seed), data.labelled(share: share, seed: configuration.seed),
        preprocessing: preprocessing, configuration: configuration, output: output, observer: observer)
    }
    result.epochFactor = (way == .scratch ? scratchFactor : 1) / share.squareRoot()
    return result
  }
}
