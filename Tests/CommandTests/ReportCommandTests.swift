import Colonnade
import Foundation
import XCTest

/// `colonnade report` of runs that are not whole, and of pictures that are none.
final class ReportCommandTests: XCTestCase {
  private var folder: WorkFolder!
  private var run: String!

  override func setUpWithError() throws {
    folder = try WorkFolder()
    run = folder.path("run")
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    try Command.succeed(
      "train", data, "--network", "resnet20", "--size", "16", "--epochs", "1", "--out", run)
  }

  override func tearDown() { folder = nil }

  /// What is read is bad input, and no output that cannot be written.
  func testBrokenFilesOfARun() throws {
    let page = folder.path("page.html")
    for (name, content, text) in [
      ("configuration.json", "{}", "is not what this version writes"),
      ("evaluation.json", "{}", "is not what this version writes"),
      ("log.jsonl", "{}\n", "line 1 is not a record"), ("log.jsonl", "", "no epoch is done yet"),
    ] {
      let file = URL(fileURLWithPath: "\(run!)/\(name)")
      let whole = try Data(contentsOf: file)
      try Data(content.utf8).write(to: file)
      try Command.fail(65, "\(name): ", text, arguments: "report", run, "--out", page)
      try whole.write(to: file)
    }
    try FileManager.default.removeItem(atPath: "\(run!)/log.jsonl")
    try Command.fail(66, "log.jsonl: cannot be read", arguments: "report", run, "--out", page)
    XCTAssertFalse(FileManager.default.fileExists(atPath: page))
  }

  /// A picture that fails costs a line and the exit code, not the report.
  func testABadPictureAmongGoodOnes() throws {
    let bad = try folder.write("bad.jpg", Data("text".utf8))
    let good = try folder.write("fine.png", Samples.png())
    let page = folder.path("page.html")
    let outcome = try Command.run(["report", run, "--out", page, "--pictures", bad, good])
    XCTAssertEqual(outcome.code, 65, outcome.errors)
    XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
    XCTAssertTrue(
      outcome.errors.contains("bad.jpg") && outcome.errors.contains("not a picture"), outcome.errors)
    XCTAssertEqual(outcome.output, page + "\n")
    let text = try String(contentsOfFile: page, encoding: .utf8)
    XCTAssertTrue(text.contains("fine.png") && !text.contains("bad.jpg"))
  }

  /// A report of before is replaced, and nothing else of a run or of what is shown.
  func testWhatIsReadIsNotReplaced() throws {
    let picture = try folder.write("a.png", Samples.png())
    for name in ["best.safetensors", "log.jsonl"] {
      let file = "\(run!)/\(name)"
      let whole = try Data(contentsOf: URL(fileURLWithPath: file))
      try Command.fail(73, name, "would be lost", arguments: "report", run, "--out", file)
      XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: file)), whole)
    }
    try Command.fail(
      73, "would be lost", arguments: "report", run, "--out", picture, "--pictures", picture)
    for _ in 0..<2 { try Command.succeed("report", run) }
  }
}
