import ArgumentParser
import Colonnade

/// What a run does beside training, which changes none of its numbers.
struct LoopArguments: ParsableArguments {
  @Option(
    name: .customLong("checkpoint-every"),
    help: ArgumentHelp(
      "When checkpoints are written within an epoch: after so many steps, or a time such as 90s, 10min or 1h, or never"
        + " (default: 10min).", valueName: "n|time"))
  var checkpointInterval: CheckpointIntervalArgument?

  @Flag(help: "Write TensorBoard's event files into the run's folder too.")
  var tensorboard = false

  var interval: CheckpointInterval? { checkpointInterval?.interval }

  /// The options that were given and need a run with steps.
  var given: [String] {
    [("--checkpoint-every", checkpointInterval != nil), ("--tensorboard", tensorboard)].filter(\.1).map(\.0)
  }
}
