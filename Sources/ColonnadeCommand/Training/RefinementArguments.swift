import ArgumentParser
import Colonnade

/// What a recipe may have beside what every one has, whatever is trained. What is not given is as the run had it that is resumed,
/// or absent.
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
      "Keep the weights whose names match until an epoch begins, such as 'features.*@5'; those of --freeze too. Repeatable:"
        + " the earliest epoch that names a weight counts.",
      valueName: "glob@epoch"))
  var unfreeze: [UnfreezingArgument] = []

  /// The configuration with what was given.
  func apply(to configuration: inout TrainingConfiguration) {
    if let accumulate { configuration.accumulationSteps = accumulate }
    if nesterov { configuration.nesterov = true }
    if noNormDecay { configuration.decaysBiasAndNorm = false }
    if let ema { configuration.averageDecay = ema }
    if recompute { configuration.recomputes = true }
    if let patience { configuration.patience = patience }
    if !unfreeze.isEmpty { configuration.unfreezing = unfreeze.map(\.unfreezing) }
  }

  /// The options that were given.
  var given: [String] {
    [
      ("--accumulate", accumulate != nil), ("--nesterov", nesterov), ("--no-norm-decay", noNormDecay),
      ("--ema", ema != nil), ("--recompute", recompute), ("--patience", patience != nil),
      ("--unfreeze", !unfreeze.isEmpty),
    ].filter(\.1).map(\.0)
  }

  /// The options that cannot change in a run, by the configuration's fields; the patience can.
  static let options = [
    "accumulationSteps": "--accumulate", "nesterov": "--nesterov", "decaysBiasAndNorm": "--no-norm-decay",
    "averageDecay": "--ema", "recomputes": "--recompute", "unfreezing": "--unfreeze",
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
