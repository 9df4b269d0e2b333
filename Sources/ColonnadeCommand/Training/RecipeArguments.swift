import ArgumentParser
import Colonnade

extension TrainingConfiguration.OptimizerKind: ExpressibleByArgument {}

/// How a network is trained. What is not given is as the run had it that is resumed, or the default.
struct RecipeArguments<Defaults: RecipeDefaults>: ParsableArguments {
  @Option(
    help: ArgumentHelp("Passes over the training set (default: \(Defaults.epochs)).", valueName: "n"))
  var epochs: Int?

  @Option(help: ArgumentHelp("Pictures a step (default: \(Defaults.batch)).", valueName: "n"))
  var batch: Int?

  @Option(
    help: ArgumentHelp("sgd, adam, adamw, rmsprop or lars (default: \(Defaults.optimizer))."))
  var optimizer: TrainingConfiguration.OptimizerKind?

  @Option(
    help: ArgumentHelp("The highest learning rate (default: \(Defaults.learningRate)).", valueName: "η"))
  var learningRate: Double?

  @Option(help: ArgumentHelp("Of sgd, rmsprop and lars (default: 0.9).", valueName: "μ"))
  var momentum: Double?

  @Option(
    help: ArgumentHelp(
      "The learning rate's course (default: cosine): \(ScheduleArgument.syntax).", valueName: "course"))
  var schedule: ScheduleArgument?

  @Option(
    help: ArgumentHelp(
      "Epochs in which the learning rate rises to its highest (default: \(Defaults.warmUp)).",
      valueName: "n"))
  var warmUp: Double?

  @Option(help: ArgumentHelp("(default: \(Defaults.weightDecay))", valueName: "λ"))
  var weightDecay: Double?

  @Option(
    help: ArgumentHelp(
      "Random changes of the training pictures, one after the other (default: \(Defaults.augmentation)): "
        + "\(AugmentationRecipe.syntax)\(Defaults.furtherAugmentation).",
      valueName: "recipe"),
    transform: { try AugmentationRecipe(argument: $0) })
  var augment: AugmentationRecipe?

  @Option(
    help: ArgumentHelp(
      "The greatest norm of the gradients; none leaves them as they are (default: \(Defaults.clip)).",
      valueName: "norm"))
  var clip: ClipArgument?

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
  ///   - classifier: what else was given of a classifier; nil where something else is trained.
  ///   - own: what the network is trained like where nothing is said.
  /// - Throws: `TrainingError` where it makes no run, ``Failure`` where it cannot be the resumed one's, or something of it
  ///   could do nothing.
  func configuration(
    _ earlier: TrainingConfiguration?, _ refinements: RefinementArguments,
    _ classifier: ClassifierRecipeArguments? = nil, own: TrainingConfiguration
  ) throws -> TrainingConfiguration {
    var result = earlier ?? own
    func take<T>(_ value: T?, _ field: WritableKeyPath<TrainingConfiguration, T>) {
      if let value { result[keyPath: field] = value }
    }
    take(optimizer, \.optimizer)
    // A detector's, whose rate is its own optimizer's; a classifier's recipe knows of the one that was asked for.
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
    if let clip { result.gradientClip = clip.norm }
    if !freeze.isEmpty { result.frozen = freeze }
    take(seed, \.seed)
    refinements.apply(to: &result)
    classifier?.apply(to: &result)
    try result.check()
    if let earlier {
      let changed = result.differences(from: earlier).compactMap {
        Self.options[$0] ?? RefinementArguments.options[$0] ?? ClassifierRecipeArguments.options[$0]
      }
      guard changed.isEmpty else {
        throw Failure(
          .usage,
          "\(changed.joined(separator: ", ")): the run to resume was made otherwise and can only go on as it was; leave "
            + "that out, or begin another run with --weights")
      }
    }
    try refuseIdleOptions(result, refinements, classifier)
    return result
  }

  /// Refuses what was given and could do nothing in such a run.
  private func refuseIdleOptions(
    _ configuration: TrainingConfiguration, _ refinements: RefinementArguments,
    _ classifier: ClassifierRecipeArguments?
  ) throws {
    let kind = configuration.optimizer
    guard momentum == nil || ![.adam, .adamw].contains(kind) else {
      throw Failure(.usage, "--momentum: of sgd, rmsprop and lars; \(kind.rawValue) has none")
    }
    var late: [String] = []
    if let warmUp, warmUp > Double(configuration.epochs) { late.append("--warm-up \(warmUp)") }
    if case .multiStep(let milestones, _)? = schedule?.schedule,
      let milestone = milestones.first(where: { $0 >= configuration.epochs })
    {
      late.append("--schedule with a milestone after \(counted(milestone, "epoch"))")
    }
    let ends = refinements.unfreeze.map { ("--unfreeze \($0.unfreezing.pattern)", $0.unfreezing.epoch) }
    let growth = (classifier?.grow?.stages ?? []).map { ("--grow \($0.side)", $0.end) }
    for (option, epoch) in ends + growth where epoch > configuration.epochs {
      late.append("\(option)@\(epoch)")
    }
    guard late.isEmpty else {
      throw Failure(
        .usage,
        "\(late.joined(separator: ", ")): beyond the run's end; it has \(counted(configuration.epochs, "epoch"))"
      )
    }
  }

  /// The options that were given and decide how steps are taken.
  var givenForSteps: [String] {
    [
      ("--epochs", epochs != nil), ("--batch", batch != nil), ("--optimizer", optimizer != nil),
      ("--learning-rate", learningRate != nil), ("--momentum", momentum != nil),
      ("--schedule", schedule != nil), ("--warm-up", warmUp != nil), ("--weight-decay", weightDecay != nil),
      ("--augment", augment != nil), ("--clip", clip != nil), ("--freeze", !freeze.isEmpty),
    ].filter(\.1).map(\.0)
  }

  /// The options that cannot change in a run, by the configuration's fields.
  private static var options: [String: String] {
    [
      "batchSize": "--batch", "optimizer": "--optimizer", "learningRate": "--learning-rate",
      "momentum": "--momentum", "schedule": "--schedule", "warmUpEpochs": "--warm-up",
      "weightDecay": "--weight-decay", "augmentation": "--augment", "gradientClip": "--clip",
      "frozen": "--freeze", "seed": "--seed",
    ]
  }
}

extension AugmentationRecipe {
  /// - Throws: what is wrong with the text, in one line.
  init(argument: String) throws {
    do { try self.init(argument) } catch TrainingError.invalidConfiguration(let reason) {
      throw ValidationError(reason)
    }
  }
}
