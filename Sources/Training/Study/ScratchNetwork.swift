import Datasets
import Engine
import Images
import Models

/// A network that a study trains from random weights, in the way that suits the network and the study's pictures.
struct ScratchNetwork {
  /// Of its runs' folder, and in tables.
  let name: String
  let card: NetworkCard
  /// Of both parts.
  let preprocessing: Preprocessing
  /// Its epochs and its seed are the study's.
  var configuration: TrainingConfiguration
  /// What it is trained on; nil is the study's data.
  var data: DataSource<Int>?
  private let classes: Int

  /// Height and width of photographs where nobody says.
  static let photographs = 128
  /// The least of small pictures for a network that does not take them as they are.
  static let enlarged = 64

  /// - Parameters:
  ///   - network: in the registry.
  ///   - name: nil is the network's.
  ///   - context: the pictures.
  /// - Throws: ``NetworkError``, and what reading pictures throws.
  init(_ network: String, called name: String? = nil, in context: StudyContext) throws {
    card = try Registry.card(named: network)
    self.name = name ?? network
    classes = context.data.train.classNames.count
    let least = card.minimumSize
    configuration = .suited(to: card)
    if context.data.train.count < 5_000 { configuration.batchSize = 32 }
    let size: Int?
    var channels = 3
    if let pictures = context.data.train as? InMemoryDataset {
      let isTooSmall = min(pictures.width, pictures.height) < least
      size = context.options.size.map { max($0, least) } ?? (isTooSmall ? max(Self.enlarged, least) : nil)
      channels = pictures.channels
      configuration.augmentation = channels == 1 ? .shift : .crop
    } else {
      size = max(context.options.size ?? Self.photographs, least)
      configuration.augmentation = .imagenet
    }
    preprocessing = try PreprocessingChoice(card: card, channels: channels, size: size).preprocessing(
      for: context.data)
  }

  /// With random weights.
  /// - Throws: ``NetworkError``.
  func made(seed: UInt64) throws -> Network {
    try Network(card, classes: classes, inputChannels: preprocessing.channels, seed: seed)
  }
}

extension StudyContext {
  /// Trains each of some networks with each seed, as many epochs as the budget allows: the same for all of them.
  /// - Parameters:
  ///   - networks: by name, which tells their runs' folders apart.
  ///   - wish: epochs of a run, without a budget.
  ///   - keepsWeights: whether the runs' folders keep weights when all epochs are done.
  /// - Returns: the plan, and of each network its runs, in the order of the seeds.
  /// - Throws: ``TrainingError``, `NetworkError`, and what reading pictures throws.
  func train(
    _ networks: [ScratchNetwork], wish: Int, keepsWeights: Bool = false
  ) throws -> (plan: EpochPlan, runs: [[StudyRun]]) {
    let trainings = networks.map { network in
      StudyTraining(
        network.name, on: network.data ?? data, preprocessing: network.preprocessing,
        configuration: network.configuration
      ) { try network.made(seed: $0) }
    }
    let (plan, runs) = try train(trainings, wish: wish, keepsWeights: keepsWeights)
    return (plan, try runs.refusingDivergence())
  }
}

extension StudyRun {
  /// Of the best weights on the validation set.
  /// - Throws: ``TrainingError/output(file:reason:)``.
  func evaluation() throws -> Evaluation {
    guard let evaluation = try directory.readEvaluation() else {
      throw TrainingError.output(file: directory.evaluation.path, reason: "is missing")
    }
    return evaluation
  }
}
