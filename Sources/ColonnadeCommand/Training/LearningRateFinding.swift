import ArgumentParser
import Colonnade
import Foundation

/// What 'train --find-learning-rate' does.
extension TrainCommand {
  /// Refuses another kind of file, and what would be of a run.
  func validateFinder(writing file: String) throws {
    guard ["svg", "html"].contains((file as NSString).pathExtension.lowercased()) else {
      throw ValidationError("--find-learning-rate \(file): a file that ends in .svg or .html")
    }
    let given =
      [("--out", runArguments.out != nil), ("--resume", runArguments.resume)].filter(\.1).map(\.0)
      + loop.given
    guard given.isEmpty else {
      throw ValidationError(
        "--find-learning-rate leaves no run behind: leave out \(given.joined(separator: ", "))")
    }
  }

  /// Draws how the loss goes while the learning rate rises; leaves no run behind.
  func drawLearningRates(into file: String) throws {
    try Output.check(file: file)
    try Output.check(files: [file], areNoneOf: [data, start.weights, runArguments.recipeFile])
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
