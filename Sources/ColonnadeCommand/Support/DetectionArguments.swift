import ArgumentParser
import Colonnade

/// Which candidates of a detector count.
struct DetectionArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Scores at or below it are left out (default: 0.05 of R-CNNs; of YOLO 0.5, or 0.005 to measure it).",
      valueName: "s"))
  var score: Float?

  @Option(
    help: ArgumentHelp(
      "Of two boxes of a class with an IoU above it the lower one is left out (default: the detector's).",
      valueName: "iou"))
  var nms: Float?

  @Option(
    help: ArgumentHelp(
      "The greatest number of objects in a picture (default: the detector's).", valueName: "n"))
  var max: Int?

  func validate() throws {
    for (name, value) in [("--score", score), ("--nms", nms)] {
      if let value, !(0...1 ~= value) { throw ValidationError("\(name) \(value): from 0 to 1 is possible") }
    }
    if let max, max < 1 { throw ValidationError("--max \(max): at least one object can be found") }
  }

  /// The options that were given.
  var given: [String] {
    [("--score", score != nil), ("--nms", nms != nil), ("--max", max != nil)].filter(\.1).map(\.0)
  }

  var options: DetectionOptions { DetectionOptions(score: score, overlap: nms, maximum: max) }
}
