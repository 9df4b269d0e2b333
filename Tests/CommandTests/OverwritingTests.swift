import Colonnade
import Foundation
import XCTest

/// No output takes the place of what the same command reads, or of another output.
final class OverwritingTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private func refuse(
    _ arguments: [String], code: Int32 = 73, _ text: String, keeping path: String? = nil,
    line: UInt = #line
  ) throws {
    let before = try path.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    let outcome = try Command.run(arguments)
    XCTAssertEqual(outcome.code, code, "\(arguments): \(outcome.errors)", line: line)
    XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors, line: line)
    XCTAssertEqual(outcome.output, "", line: line)
    XCTAssertTrue(outcome.errors.contains(text), outcome.errors, line: line)
    XCTAssertEqual(try path.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }, before, line: line)
  }

  private func refuse(_ arguments: [String], losing path: String, line: UInt = #line) throws {
    try refuse(arguments, "would be lost", keeping: path, line: line)
  }

  func testWeightsTensorsAndPictures() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let input = try Samples.tensor([1, 3, 32, 32], in: folder)
    let picture = try folder.write("a.png", Samples.png())
    let network = ["--network", "resnet20", "--weights", weights]
    let run = ["run", "--input", input] + network
    try refuse(run + ["--output", input], losing: input)
    try refuse(run + ["--output", weights], losing: weights)
    try refuse(run + ["--profile", "--trace", weights], losing: weights)
    try refuse(["explain", picture, "--out", weights] + network, losing: weights)
    try refuse(["explain", "--filters", "--out", weights] + network, losing: weights)
    try refuse(["evaluate", "digits", "--report", weights] + network, losing: weights)
    let checkpoint = folder.path("views.pt")
    try FileManager.default.copyItem(atPath: Fixture.checkpoint("views.pt"), toPath: checkpoint)
    try refuse(["convert", checkpoint, checkpoint], losing: checkpoint)
    let other = folder.path("other.safetensors")
    try FileManager.default.createSymbolicLink(atPath: other, withDestinationPath: checkpoint)
    try refuse(["convert", checkpoint, other], losing: checkpoint)
  }

  /// Of what lies in a folder that is read a report alone is replaced.
  func testFilesOfFolders() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let weights = try Samples.weights(of: "resnet20", classes: 2, in: folder)
    let network = ["--network", "resnet20", "--classes", "2", "--weights", weights]
    let picture = data + "/train/cat/0.png"
    try refuse(["dataset", data, "--report", picture], losing: picture)
    try refuse(["evaluate", data, "--report", picture] + network, losing: picture)
    try refuse(["reproduce", "inference", "--data", data, "--out", picture], losing: picture)
    let report = try folder.write("photographs/report.html", Data("old".utf8))
    try Command.succeed("dataset", data, "--report", report)
    XCTAssertTrue(try String(contentsOfFile: report, encoding: .utf8).contains("</html>"))
  }

  func testTwoOutputsInOnePlace() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let input = try Samples.tensor([1, 3, 32, 32], in: folder)
    let run = ["run", "--network", "resnet20", "--weights", weights, "--input", input, "--profile"]
    let out = folder.path("both")
    for (output, trace) in [(out, out), (out, folder.path("./both")), ("/dev/stdout", "/dev/stdout")] {
      try refuse(run + ["--output", output, "--trace", trace], code: 64, "--output, --trace: both are")
    }
    let reproduce = ["reproduce", "inference", "--out", out, "--work", out + "/"]
    try refuse(reproduce, code: 64, "--out, --work: both")
    XCTAssertFalse(FileManager.default.fileExists(atPath: out))
  }
}
