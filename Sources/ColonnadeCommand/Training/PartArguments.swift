import ArgumentParser
import Colonnade

/// Which parts of pictures with boxes a detector is trained on and validated by.
struct PartArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Of pictures with boxes: the part to train on (default: train).", valueName: "part"))
  var trainPart: String?

  @Option(
    help: ArgumentHelp(
      "Of pictures with boxes: the part to validate by (default: val, or test where there is none).",
      valueName: "part"))
  var validationPart: String?

  /// The options of a data set with what was given.
  func applied(to options: DataOptions) -> DataOptions {
    var options = options
    if let trainPart { options.trainPart = trainPart }
    if let validationPart { options.validationPart = validationPart }
    return options
  }

  /// The options that were given.
  var given: [String] {
    [("--train-part", trainPart != nil), ("--validation-part", validationPart != nil)].filter(\.1).map(\.0)
  }
}
