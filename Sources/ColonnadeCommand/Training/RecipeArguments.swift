import ArgumentParser
import Colonnade

extension TrainingConfiguration.OptimizerKind: ExpressibleByArgument {}
extension AugmentationPreset: ExpressibleByArgument {}

/// How a network is trained. What is not given is as the run had it that is resumed, or the default.
struct RecipeArguments: ParsableArguments {
  @Option(help: ArgumentHelp("Passes over the training set (default: 10).", valueName: "n"))
  var epochs: Int?

  @Option(help: ArgumentHelp("Pictures a step (default: 64).", valueName: "n"))
  var batch: Int?

  @Option(help: "sgd, adam, adamw or rmsprop (default: sgd).")
  var optimizer: TrainingConfiguration.OptimizerKind?

  @Option(
    help: ArgumentHelp(
      "The highest learning rate (default: 0.05, but 0.001 of adam, adamw and rmsprop).", valueName: "η"))
  var learningRate: Double?

  @Option(help: ArgumentHelp("Of sgd and rmsprop (default: 0.9).", valueName: "μ"))
  var momentum: Double?

  @Option(
    help: ArgumentHelp(
      "The learning rate's course (default: cosine): \(ScheduleArgument.syntax).", valueName: "course"))
  var schedule: ScheduleArgument?

  @Option(
    help: ArgumentHelp("Epochs in which the learning rate rises to its highest (default: 0).", valueName: "n")
  )
  var warmUp: Double?

  @Option(help: ArgumentHelp("(default: 0.0005)", valueName: "λ"))
  var weightDecay: Double?

  @Option(
    help: "Random changes of the training pictures: none, flip, shift, crop or imagenet (default: none).")
  var augment: AugmentationPreset?

  @Option(
    help: ArgumentHelp("The share of each target that goes to all classes (default: 0).", valueName: "ε"))
  var labelSmoothing: Double?

  @Option(help: ArgumentHelp("The greatest norm of the gradients (default: any).", valueName: "norm"))
  var clip: Double?

  @Option(
    help: ArgumentHelp(
      "Keep the weights whose names match, such as 'features.*'; repeatable.", valueName: "glob"))
  var freeze: [String] = []

  @Option(
    help: ArgumentHelp(
      "Of the first weights, the order and all else that is random (default: 0).", valueName: "n"))
  var seed: UInt64?

  /// - Parameter earlier: the configuration of the run that is resumed.
  /// - Throws: `TrainingError` where it makes no run, ``Failure`` where it cannot be the resumed one's.
  func configuration(_ earlier: TrainingConfiguration?) throws -> TrainingConfiguration {
    var result = earlier ?? TrainingConfiguration()
    func take<T>(_ value: T?, _ field: WritableKeyPath<TrainingConfiguration, T>) {
      if let value { result[keyPath: field] = value }
    }
    take(optimizer, \.optimizer)
    if earlier == nil && result.optimizer != .sgd { result.learningRate = 0.001 }
    take(epochs, \.epochs)
    take(batch, \.batchSize)
    take(learningRate, \.learningRate)
    take(momentum, \.momentum)
    take(schedule?.schedule, \.schedule)
    take(warmUp, \.warmUpEpochs)
    take(weightDecay, \.weightDecay)
    take(augment, \.augmentation)
    take(labelSmoothing, \.labelSmoothing)
    if let clip { result.gradientClip = clip }
    if !freeze.isEmpty { result.frozen = freeze }
    take(seed, \.seed)
    try result.check()
    if let earlier {
      let changed = result.differences(from: earlier).compactMap { Self.options[$0] }
      guard changed.isEmpty else {
        throw Failure(
          .usage,
          "\(changed.joined(separator: ", ")): the run to resume was made otherwise and can only go on as it was; leave "
            + "that out, or begin another run with --weights")
      }
    }
    return result
  }

  /// The options that cannot change in a run, by the configuration's fields.
  private static let options = [
    "batchSize": "--batch", "optimizer": "--optimizer", "learningRate": "--learning-rate",
    "momentum": "--momentum", "schedule": "--schedule", "warmUpEpochs": "--warm-up",
    "weightDecay": "--weight-decay", "augmentation": "--augment", "labelSmoothing": "--label-smoothing",
    "gradientClip": "--clip", "frozen": "--freeze", "seed": "--seed",
  ]
}
