import ArgumentParser
import Colonnade

extension TrainingConfiguration.OptimizerKind: ExpressibleByArgument {}

/// How a network is trained. What is not given is as the run had it that is resumed, or the default.
struct RecipeArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("Passes over the training set (default: 10; of a detector its own).", valueName: "n"))
  var epochs: Int?

  @Option(
    help: ArgumentHelp("Pictures a step (default: 64; 2 of R-CNNs, 8 of YOLO).", valueName: "n"))
  var batch: Int?

  @Option(help: "sgd, adam, adamw, rmsprop or lars (default: sgd; adamw of YOLO).")
  var optimizer: TrainingConfiguration.OptimizerKind?

  @Option(
    help: ArgumentHelp(
      "The highest learning rate (default: 0.05, of AlexNet, VGG and SqueezeNet 0.01, a fifth of that for fine-tuning --weights,"
        + " of R-CNNs 0.005, but 0.001 of adam, adamw and rmsprop and 2 of lars).",
      valueName: "η"))
  var learningRate: Double?

  @Option(help: ArgumentHelp("Of sgd, rmsprop and lars (default: 0.9).", valueName: "μ"))
  var momentum: Double?

  @Option(
    help: ArgumentHelp(
      "The learning rate's course (default: cosine): \(ScheduleArgument.syntax).", valueName: "course"))
  var schedule: ScheduleArgument?

  @Option(
    help: ArgumentHelp(
      "Epochs in which the learning rate rises to its highest (default: 0; 1 of AlexNet, VGG and SqueezeNet from random"
        + " weights).", valueName: "n"))
  var warmUp: Double?

  @Option(help: ArgumentHelp("(default: 0.0005)", valueName: "λ"))
  var weightDecay: Double?

  @Option(
    help: ArgumentHelp(
      "Random changes of the training pictures, one after the other (default: none; flip of R-CNNs, zoom of YOLO): "
        + "\(AugmentationRecipe.syntax); of pictures with boxes also zoom, ssd or mosaic, alone.",
      valueName: "recipe"),
    transform: { try RecipeArguments.recipe($0) })
  var augment: AugmentationRecipe?

  @Option(
    help: ArgumentHelp(
      "Of classifiers: mix each picture and its class with another's, by shares from Beta(α, α), such as 0.2.",
      valueName: "α"))
  var mixup: Double?

  @Option(
    help: ArgumentHelp(
      "Of classifiers: put a rectangle of another picture into each, by shares from Beta(α, α), such as 1; with --mixup,"
        + " each batch draws one of the two.", valueName: "α"))
  var cutmix: Double?

  @Option(
    help: ArgumentHelp("The share of each target that goes to all classes (default: 0).", valueName: "ε"))
  var labelSmoothing: Double?

  @Option(
    help: ArgumentHelp(
      "The greatest norm of the gradients (default: any; 1 of AlexNet, VGG and SqueezeNet from random weights).",
      valueName: "norm"))
  var clip: Double?

  @Option(
    help: ArgumentHelp(
      "Keep the weights whose names match, such as 'features.*'; repeatable.", valueName: "glob"))
  var freeze: [String] = []

  @Option(
    help: ArgumentHelp(
      "Of the first weights, the order and all else that is random (default: 0).", valueName: "n"))
  var seed: UInt64?

  /// - Parameters:
  ///   - earlier: the configuration of the run that is resumed.
  ///   - refinements: what else was given.
  ///   - own: what the network is trained like where nothing is said.
  /// - Throws: `TrainingError` where it makes no run, ``Failure`` where it cannot be the resumed one's.
  func configuration(
    _ earlier: TrainingConfiguration?, _ refinements: RefinementArguments,
    own: TrainingConfiguration = TrainingConfiguration()
  ) throws -> TrainingConfiguration {
    var result = earlier ?? own
    func take<T>(_ value: T?, _ field: WritableKeyPath<TrainingConfiguration, T>) {
      if let value { result[keyPath: field] = value }
    }
    take(optimizer, \.optimizer)
    if earlier == nil && result.optimizer != own.optimizer {
      result.learningRate = result.optimizer == .lars ? 2 : 0.001
    }
    take(epochs, \.epochs)
    take(batch, \.batchSize)
    take(learningRate, \.learningRate)
    take(momentum, \.momentum)
    take(schedule?.schedule, \.schedule)
    take(warmUp, \.warmUpEpochs)
    take(weightDecay, \.weightDecay)
    take(augment, \.augmentation)
    if let mixup { result.mixup = mixup }
    if let cutmix { result.cutmix = cutmix }
    take(labelSmoothing, \.labelSmoothing)
    if let clip { result.gradientClip = clip }
    if !freeze.isEmpty { result.frozen = freeze }
    take(seed, \.seed)
    refinements.apply(to: &result)
    try result.check()
    if let earlier {
      let changed = result.differences(from: earlier).compactMap {
        Self.options[$0] ?? RefinementArguments.options[$0]
      }
      guard changed.isEmpty else {
        throw Failure(
          .usage,
          "\(changed.joined(separator: ", ")): the run to resume was made otherwise and can only go on as it was; leave "
            + "that out, or begin another run with --weights")
      }
    }
    return result
  }

  /// - Throws: what is wrong with the text, in one line.
  static func recipe(_ text: String) throws -> AugmentationRecipe {
    do { return try AugmentationRecipe(text) } catch TrainingError.invalidConfiguration(let reason) {
      throw ValidationError(reason)
    }
  }

  /// The options that were given and decide how steps are taken.
  var givenForSteps: [String] {
    [
      ("--epochs", epochs != nil), ("--batch", batch != nil), ("--optimizer", optimizer != nil),
      ("--learning-rate", learningRate != nil), ("--momentum", momentum != nil),
      ("--schedule", schedule != nil), ("--warm-up", warmUp != nil), ("--weight-decay", weightDecay != nil),
      ("--augment", augment != nil), ("--mixup", mixup != nil), ("--cutmix", cutmix != nil),
      ("--clip", clip != nil), ("--freeze", !freeze.isEmpty),
    ].filter(\.1).map(\.0)
  }

  /// The options that cannot change in a run, by the configuration's fields.
  private static let options = [
    "batchSize": "--batch", "optimizer": "--optimizer", "learningRate": "--learning-rate",
    "momentum": "--momentum", "schedule": "--schedule", "warmUpEpochs": "--warm-up",
    "weightDecay": "--weight-decay", "augmentation": "--augment", "mixup": "--mixup", "cutmix": "--cutmix",
    "labelSmoothing": "--label-smoothing",
    "gradientClip": "--clip", "frozen": "--freeze", "seed": "--seed",
  ]
}
