import ArgumentParser
import Colonnade

/// What is measured of a classifier.
struct ClassificationArguments: ParsableArguments {
  @Flag(
    help:
      "Average over ten crops of each picture: corners and middle, and the same mirrored, as torchvision's TenCrop."
  )
  var tenCrop = false

  @Option(
    help: ArgumentHelp(
      "Average over crops of the picture resized to these shorter sides, such as 224,256,288.",
      valueName: "s,…"))
  var scales: ScalesArgument?

  @Option(
    help: ArgumentHelp(
      "The part on which the temperature is fitted: train or validation (default: the measured pictures).",
      valueName: "part"))
  var fitTemperature: String?

  @Flag(help: "Also measure corrupted and covered pictures.")
  var robustness = false

  @Option(
    help: ArgumentHelp(
      "What 'evaluate --robustness --json' printed of another network: errors are related to its errors.",
      valueName: "file"))
  var baseline: String?

  func validate() throws {
    if baseline != nil && !robustness { throw ValidationError("--baseline: of --robustness") }
    if robustness && views != .single {
      throw ValidationError("--robustness: with one view of each picture, without --ten-crop and --scales")
    }
    if let fitTemperature, DataSource<Int>.Part(rawValue: fitTemperature) == nil {
      throw ValidationError("--fit-temperature \(fitTemperature): there are train and validation")
    }
  }

  var views: TestViews { TestViews(scales: scales?.sides ?? [], tenCrop: tenCrop) }

  /// The options that were given.
  var given: [String] {
    [
      ("--ten-crop", tenCrop), ("--scales", scales != nil), ("--fit-temperature", fitTemperature != nil),
      ("--robustness", robustness), ("--baseline", baseline != nil),
    ].filter(\.1).map(\.0)
  }
}

/// `224` or `224,256,288`.
struct ScalesArgument: ExpressibleByArgument {
  let sides: [Int]

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard 1...32 ~= numbers.count, numbers.allSatisfy({ $0.map { 1...8192 ~= $0 } ?? false }) else {
      return nil
    }
    sides = numbers.map { $0! }
  }
}
