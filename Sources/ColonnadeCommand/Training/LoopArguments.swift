import ArgumentParser
import Colonnade
import Foundation

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

  @Option(
    help: ArgumentHelp(
      "Train nothing: raise the learning rate from step to step, draw the loss into this file (.svg or .html) and"
        + " suggest a rate.", valueName: "file"))
  var findLearningRate: String?

  var interval: CheckpointInterval? { checkpointInterval?.interval }

  func validate() throws {
    guard let findLearningRate else { return }
    guard ["svg", "html"].contains((findLearningRate as NSString).pathExtension.lowercased()) else {
      throw ValidationError("--find-learning-rate \(findLearningRate): a file that ends in .svg or .html")
    }
    if !given.isEmpty {
      throw ValidationError(
        "--find-learning-rate leaves no run behind: leave out \(given.joined(separator: ", "))")
    }
  }

  /// The options that were given and need a run with steps.
  var given: [String] {
    [("--checkpoint-every", checkpointInterval != nil), ("--tensorboard", tensorboard)].filter(\.1).map(\.0)
  }
}

extension TrainCommand {
  /// Draws how the loss goes while the learning rate rises; leaves no run behind.
  func findLearningRate(writing file: String) throws {
    try Output.check(file: file)
    let terminal = Output.terminal(beside: file)
    let display = TrainingDisplay(terminal, data: data, folder: "")
    defer { display.end() }
    let run = try preparedRun(nil, nil, display)
    display.printAnnouncement()
    let steps = 100
    let curve = try run.learningRateCurve(from: 1e-6, to: 10, steps: steps) {
      display.drawSteps($0, of: steps)
    }
    display.end()
    let chart = LearningRateChart(curve)
    let isPage = (file as NSString).pathExtension.lowercased() == "html"
    let title = "Learning rates of \(run.card.network) on \((data as NSString).lastPathComponent)"
    try Output.write(Data((isPage ? chart.page(title: title) : chart.svg).utf8), to: file)
    terminal.print("\(counted(curve.points.count, "step")), drawn in \(printable(file))")
    if let rate = curve.suggestion {
      terminal.print("suggestion: --learning-rate \(String(format: "%.2g", rate))")
    } else {
      terminal.print(
        "no suggestion: the loss never fell clearly, or was still falling at the highest rate; look at the curve"
      )
    }
  }
}
