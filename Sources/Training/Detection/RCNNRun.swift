import Datasets
import Engine
import Foundation
import Images
import Models

/// The training of an R-CNN as a run with a folder: `best.safetensors` is the R-CNN's file, `evaluation.json` and `examples.json`
/// are of the validation set. There are no epochs, so there is neither a log nor a checkpoint, and nothing to resume.
public final class RCNNRun: TrainingRun {
  public let card: WeightCard
  /// Has no meaning here: there are no steps.
  public var checkpointInterval = CheckpointInterval.never
  public var start: RunStart?
  public var environment: RunEnvironment?
  public var command: String?
  private let trainer: RCNNTrainer
  private let data: DataSource<[LabelledBox]>
  private let configuration: TrainingConfiguration
  private let directory: RunDirectory?
  private let progress: (DetectionTraining.Progress) -> Void

  /// What the run's files call it.
  static let task = "rcnn"

  init(
    _ training: DetectionTraining, _ plan: RegionPlan, _ data: DataSource<[LabelledBox]>,
    _ configuration: TrainingConfiguration, _ output: URL?,
    _ progress: @escaping (DetectionTraining.Progress) -> Void
  ) throws {
    guard let weights = training.weights else {
      throw TrainingError.invalidConfiguration(
        "\(training.card.name) sees by a network that was trained before, and trains none: it needs the weights of "
          + plan.network.name)
    }
    guard training.size == nil, training.lambda == nil, training.anchors == .automatic else {
      throw TrainingError.invalidConfiguration(
        "\(training.card.name) has neither a size of pictures nor a weight λ nor anchors that could be given")
    }
    for (name, part) in [("training", data.train), ("validation", data.validation)] {
      guard part.count > 0 else { throw TrainingError.noPictures(set: name) }
      try part.checkObjects(set: name)
    }
    let network = try TrainedNetwork(plan.network.name, weights: weights, key: training.key)
    let encoder = try RegionEncoder(
      network.network, layer: plan.layer, grid: plan.grid, preprocessing: network.preprocessing)
    var options = training.machines
    options.seed = configuration.seed
    trainer = RCNNTrainer(encoder, options)
    card = WeightCard(
      network: training.card.name, classNames: data.train.classNames,
      inputChannels: encoder.preprocessing.channels, inputHeight: plan.network.inputSize,
      inputWidth: plan.network.inputSize, preprocessing: encoder.preprocessing, task: Self.task)
    (self.data, self.configuration, self.progress) = (data, configuration, progress)
    directory = output.map { RunDirectory($0) }
  }

  /// Trains, and measures on the validation set.
  /// - Parameters:
  ///   - resuming: is refused.
  ///   - end: has no meaning here.
  ///   - afterEpoch: is never called.
  /// - Returns: no records.
  /// - Throws: ``TrainingError``, `WeightFileError`, and what ``RCNNTrainer/train(on:progress:)`` throws.
  public func run(
    resuming: Bool, until end: Int? = nil, afterEpoch: (EpochRecord) throws -> Void = { _ in }
  ) throws -> [EpochRecord] {
    guard !resuming else { throw TrainingError.noSteps(network: card.network) }
    let lock = try directory?.prepareNew()
    defer { withExtendedLifetime(lock) {} }
    if let directory {
      var description = description
      (description.start, description.command) = (start, command)
      description.environment = environment ?? .current()
      try directory.write(description, to: directory.configuration)
    }
    let detector = try trainer.train(on: data.train) { progress(.machines($0)) }
    if let directory { try detector.save(to: directory.best.path) }
    let count = data.validation.count
    let (evaluation, detections) = try DetectorEvaluator(detector).evaluate(data.validation) {
      progress(.measured(pictures: $0, of: count))
    }
    if let directory {
      try directory.write(evaluation, to: directory.evaluation)
      try directory.write(evaluation.examples(detections, in: data.validation), to: directory.examples)
    }
    return []
  }

  /// Is refused: there are no steps.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)``.
  public func learningRateCurve(
    from low: Double, to high: Double, steps: Int, progress: (Int) -> Void
  ) throws -> LearningRateCurve {
    throw TrainingError.invalidConfiguration(
      "\(card.network) is trained in one go, without steps or a learning rate")
  }

  /// Is refused: there are no steps.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)``.
  public func measuredCost(steps: Int, enough: Double) throws -> TrainingCost {
    throw TrainingError.invalidConfiguration("\(card.network) is trained in one go, without steps to time")
  }

  /// What the run's files will say of it.
  public var description: RunDescription {
    let options = trainer.options
    return RunDescription(
      card: card, configuration: configuration, data: data.name, attribution: data.attribution,
      trainingPictures: data.train.count, validationPictures: data.validation.count,
      settings: [
        "layer": trainer.encoder.layer, "proposals": "\(options.maximumProposals)",
        "cost": "\(options.machine.cost)", "rounds": "\(options.rounds)",
        "penalty of the regression": "\(options.regressionPenalty)",
      ], dataOptions: data.options)
  }
}
