import Foundation
import XCTest

/// One file that runs anywhere: away from its build folder, by a link, without an environment.
/// `scripts/check_install.sh` hides the build folder, too, and runs every example of `--help`.
final class InstalledTests: XCTestCase {
  private var folder: WorkFolder!
  private var copy: String!

  override func setUpWithError() throws {
    folder = try WorkFolder()
    copy = try folder.makeFolder("in here") + "/colonnade"
    try FileManager.default.copyItem(at: Command.executable, to: URL(fileURLWithPath: copy))
  }

  override func tearDown() { folder = nil }

  /// Runs a program from the root of the file system, with an empty environment.
  private func run(_ program: String, _ arguments: String...) throws -> Command.Outcome {
    try Command.shell(
      #"cd / && exec env -i "$@""#, in: folder, arguments: [program] + arguments)
  }

  func testTheCopyWorks() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let picture = try folder.write("a.png", Samples.png(8))
    let classified = try run(
      copy, "classify", picture, "--network", "resnet20", "--weights", weights, "--top", "1")
    XCTAssertEqual(classified.code, 0, classified.errors)
    let doctor = try run(copy, "doctor", "--json")
    XCTAssertEqual(doctor.code, 0, doctor.errors)
    XCTAssertTrue(doctor.output.contains("\"ok\" : true"), doctor.output)
    // The digits and ImageNet's names are in the program.
    let trained = try run(
      copy, "train", "digits", "--network", "resnet20", "--epochs", "1", "--out", folder.path("run"))
    XCTAssertEqual(trained.code, 0, trained.errors)
    let proposed = try run(copy, "propose", picture, "--max", "1")
    XCTAssertEqual(proposed.code, 0, proposed.errors)
  }

  func testByALinkAndByItsNameAlone() throws {
    let link = folder.path("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "in here/colonnade")
    for (program, environment) in [(link, ""), ("colonnade", "PATH=\(folder.path("in here")):/usr/bin:/bin")]
    {
      let outcome = try Command.shell(
        #"cd / && exec env -i "$@""#, in: folder,
        arguments: (environment.isEmpty ? [] : [environment]) + [program, "summary", "resnet20", "--json"])
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      XCTAssertTrue(outcome.output.contains("resnet20"))
    }
  }

  /// A program built with resources knows where its build folder was, and ends where that is gone.
  func testNoResourcesAreLookedFor() throws {
    let program = try Data(contentsOf: Command.executable, options: .mappedIfSafe)
    for text in [
      "_Datasets.resources", "_Images.resources", "_Models.resources", "could not load resource bundle",
    ] {
      XCTAssertNil(program.range(of: Data(text.utf8)), text)
    }
    XCTAssertNotNil(program.range(of: Data("n01440764".utf8)))
  }
}
