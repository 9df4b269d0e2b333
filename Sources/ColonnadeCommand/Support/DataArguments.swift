import ArgumentParser
import Colonnade

/// How a data set is opened, beside how its pictures are read.
struct DataArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Without a part to validate by: split this share of each class's pictures off, by --seed.",
      valueName: "share"))
  var validationShare: Double?

  @Flag(help: "Leave out pictures that cannot be read, and say how many; all are read once before.")
  var skipBroken = false

  func validate() throws {
    if let validationShare, !(validationShare > 0 && validationShare < 1) {
      throw ValidationError("--validation-share \(validationShare): a share is between 0 and 1")
    }
  }

  /// - Parameter earlier: of the run that is resumed: what is not given again is as it was.
  func options(
    _ pictures: PictureArguments, seed: UInt64, earlier: DataOptions? = nil
  ) -> DataOptions {
    var options = pictures.dataOptions(earlier ?? DataOptions())
    if skipBroken { options.skipsBroken = true }
    if let validationShare { options.validationShare = validationShare }
    options.seed = seed
    return options
  }

  /// Refuses data that a classifier cannot be trained on or measured by.
  static func refuseBoxes(_ data: String, for network: String?) throws {
    guard DetectionSource.recognizes(data) else { return }
    throw Failure(
      .usage,
      "\(data): pictures with boxes, which detectors find; \(network ?? "the network") tells the classes of pictures"
    )
  }

  /// Says in one line what of the data is not used.
  static func say(_ findings: DataFindings?) {
    if let findings, !findings.isEmpty { Diagnostics.note("\(findings)") }
  }
}
