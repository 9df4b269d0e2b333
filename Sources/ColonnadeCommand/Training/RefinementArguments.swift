import ArgumentParser
import Colonnade

/// What a recipe may have beside what every one has. What is not given is as the run had it that is resumed, or absent.
struct RefinementArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("Batches whose gradients are averaged for one step (default: 1).", valueName: "n"))
  var accumulate: Int?

  @Flag(help: "Nesterov's momentum, of sgd.")
  var nesterov = false

  @Flag(help: "No weight decay on biases and on batch norm's scale and shift.")
  var noNormDecay = false

  @Option(
    help: ArgumentHelp(
      "Keep an exponential moving average of the weights, such as 0.999: it is measured after every epoch, and saved.",
      valueName: "d"))
  var ema: Double?

  @Flag(
    help:
      "Gradient checkpointing: keep a part of the activations and compute the others once more: less memory, more time."
  )
  var recompute = false

  @Option(
    help: ArgumentHelp(
      "End the run when so many epochs brought no better one, by what the best is chosen by.", valueName: "n")
  )
  var patience: Int?

  @Option(
    help: ArgumentHelp(
      "Keep the weights whose names match until an epoch begins, such as 'features.*@5'; repeatable.",
      valueName: "glob@epoch"))
  var unfreeze: [UnfreezingArgument] = []

  @Option(
    help: ArgumentHelp(
      "Of classifiers: how much the classes count in the loss: balanced, the rarer the more; or a factor for each, in the"
        + " order of their names.", valueName: "balanced|w,w,…"))
  var classWeights: ClassWeightsArgument?

  @Flag(help: "Of classifiers: an epoch has as many pictures of every class, of rare ones some repeatedly.")
  var balanced = false

  @Option(
    help: ArgumentHelp(
      "Of classifiers: the focal loss, by which pictures that are nearly right count for little; 2 is usual.",
      valueName: "γ"))
  var focal: Double?

  @Option(
    help: ArgumentHelp(
      "Of classifiers: smaller training pictures at first: 64@4,96@8 is 64 pixels until epoch 4 begins, then 96 until"
        + " epoch 8 does.", valueName: "side@epoch,…"))
  var grow: GrowthArgument?

  @Flag(
    help:
      "Of classifiers: train the last layer alone, on features that the rest, as it is in inference, makes once of each picture: an epoch takes seconds."
  )
  var linearProbe = false

  /// The configuration with what was given.
  func apply(to configuration: inout TrainingConfiguration) {
    if let accumulate { configuration.accumulationSteps = accumulate }
    if nesterov { configuration.nesterov = true }
    if noNormDecay { configuration.decaysBiasAndNorm = false }
    if let ema { configuration.averageDecay = ema }
    if recompute { configuration.recomputes = true }
    if let patience { configuration.patience = patience }
    if !unfreeze.isEmpty { configuration.unfreezing = unfreeze.map(\.unfreezing) }
    if let classWeights { configuration.classWeights = classWeights.weighting }
    if balanced { configuration.sampling = .balanced }
    if let focal { configuration.focalGamma = focal }
    if let grow { configuration.growth = grow.stages }
    if linearProbe { configuration.linearProbe = true }
  }

  /// The options that were given.
  var given: [String] {
    [
      ("--accumulate", accumulate != nil), ("--nesterov", nesterov), ("--no-norm-decay", noNormDecay),
      ("--ema", ema != nil), ("--recompute", recompute), ("--patience", patience != nil),
      ("--unfreeze", !unfreeze.isEmpty),
    ].filter(\.1).map(\.0) + givenForClassifiers
  }

  /// Those of them that only classifiers have.
  var givenForClassifiers: [String] {
    [
      ("--class-weights", classWeights != nil), ("--balanced", balanced), ("--focal", focal != nil),
      ("--grow", grow != nil), ("--linear-probe", linearProbe),
    ].filter(\.1).map(\.0)
  }

  /// The options that cannot change in a run, by the configuration's fields; the patience can.
  static let options = [
    "accumulationSteps": "--accumulate", "nesterov": "--nesterov", "decaysBiasAndNorm": "--no-norm-decay",
    "averageDecay": "--ema", "recomputes": "--recompute", "unfreezing": "--unfreeze",
    "classWeights": "--class-weights",
    "sampling": "--balanced", "focalGamma": "--focal", "growth": "--grow", "linearProbe": "--linear-probe",
  ]
}

/// `glob@epoch`.
struct UnfreezingArgument: ExpressibleByArgument {
  let unfreezing: Unfreezing

  init?(argument: String) {
    guard let at = argument.lastIndex(of: "@"), at > argument.startIndex,
      let epoch = Int(argument[argument.index(after: at)...])
    else { return nil }
    unfreezing = Unfreezing(String(argument[..<at]), at: epoch)
  }
}

/// `balanced`, or factors.
struct ClassWeightsArgument: ExpressibleByArgument {
  let weighting: ClassWeighting

  init?(argument: String) {
    if argument == "balanced" {
      weighting = .balanced
      return
    }
    let weights = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard weights.allSatisfy({ $0 != nil }) else { return nil }
    weighting = .given(weights.compactMap { $0 })
  }
}

/// `side@epoch,side@epoch,…`.
struct GrowthArgument: ExpressibleByArgument {
  let stages: [Growth]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { part -> Growth? in
      let numbers = part.split(separator: "@", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let side = numbers[0], let end = numbers[1] else { return nil }
      return Growth(side, until: end)
    }
    guard parts.allSatisfy({ $0 != nil }) else { return nil }
    stages = parts.compactMap { $0 }
  }
}

/// Steps, or a time with its unit: `200`, `90s`, `10min`, `1h`, `never`.
struct CheckpointIntervalArgument: ExpressibleByArgument {
  let interval: CheckpointInterval

  private static let units = [("min", 60.0), ("h", 3600.0), ("s", 1.0)]
  /// About thirty years: more is a slip of the hand.
  private static let longest = 1e9

  init?(argument: String) {
    if argument == "never" {
      interval = .never
      return
    }
    if let steps = Int(argument) {
      guard 1...1_000_000_000 ~= steps else { return nil }
      interval = .steps(steps)
      return
    }
    for (unit, seconds) in Self.units where argument.hasSuffix(unit) {
      guard let count = Double(argument.dropLast(unit.count)), count > 0, count * seconds <= Self.longest
      else {
        return nil
      }
      interval = .seconds(count * seconds)
      return
    }
    return nil
  }
}
