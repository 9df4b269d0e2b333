import ArgumentParser
import Colonnade

/// What a detector is trained like, beside what every network is.
struct DetectorArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Of detectors: train by L_cls + λ · smooth L1 of the boxes (default: the detector's own loss; 1 of R-CNNs).",
      valueName: "λ"))
  var lambda: Float?

  @Option(
    help: ArgumentHelp(
      "Of YOLO: boxes from which others are told: auto, by k-means of the training boxes (default); own, the network's; or"
        + " W,H,W,H,… in pixels of its input.", valueName: "auto|own|w,h,…"))
  var anchors: AnchorsArgument?

  @Option(
    help: ArgumentHelp(
      "A darknet configuration, whose network is trained instead of --network.", valueName: "file"))
  var cfg: String?

  func validate() throws {
    if let lambda, !(lambda >= 0 && lambda.isFinite) {
      throw ValidationError("--lambda \(lambda): it must be 0 or above and finite")
    }
  }

  /// The options that were given.
  var given: [String] {
    [("--lambda", lambda != nil), ("--anchors", anchors != nil), ("--cfg", cfg != nil)].filter(\.1).map(\.0)
  }
}

/// `auto`, `own` or sides.
struct AnchorsArgument: ExpressibleByArgument {
  let anchors: DetectionTraining.Anchors

  init?(argument: String) {
    switch argument {
    case "auto": anchors = .automatic
    case "own": anchors = .own
    default:
      let sides = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
      guard sides.count % 2 == 0, sides.allSatisfy({ $0.map { $0 > 0 && $0 <= 8192 } ?? false }) else {
        return nil
      }
      anchors = .given(
        stride(from: 0, to: sides.count, by: 2).map { YOLOHead.Anchor(sides[$0]!, sides[$0 + 1]!) })
    }
  }
}
