import Colonnade
import Foundation
import XCTest

final class ReproduceTests: NothingLostTestCase {
  func testRefusals() throws {
    try Command.fail(
      64, "there is no study 'depht'", "augmentation", "batchnorm", "all", arguments: "reproduce", "depht")
    let out = folder.path("report.html")
    for (option, values) in [
      "--budget": ["0", "-1", "nan", "inf", "1e9"], "--epochs": ["0", "-3", "1000001"],
      "--size": ["0", "-8", "8193"], "--seeds": ["", "1,,2", "1,1", "a", "-1"], "--threads": ["0"],
    ] {
      for value in values {
        let outcome = try Command.run(["reproduce", "augmentation", "--out", out, "\(option)=\(value)"])
        XCTAssertEqual(outcome.code, 64, "\(option) \(value): \(outcome.errors)")
        XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
        XCTAssertTrue(outcome.errors.contains(option), outcome.errors)
      }
    }
    try Command.fail(
      66, "nowhere", "weights", arguments: "reproduce", "error", "--out", out, "--weights", "nowhere")
    try Command.fail(
      64, "--weights: of the studies error, baseline, robustness, transfer", arguments: "reproduce",
      "inference", "--out", out, "--weights", folder.url.path)
    try Command.fail(
      66, "holds no weights", arguments: "reproduce", "error", "--out", out, "--weights", folder.url.path)
    try Command.fail(
      64, "--train-part", arguments: "reproduce", "inference", "--out", out, "--train-part=train")
    try Command.fail(66, "nowhere", arguments: "reproduce", "error", "--out", out, "--data", "nowhere")
    try Command.fail(
      73, "nowhere", arguments: "reproduce", "error", "--out", folder.path("nowhere/report.html"))
    XCTAssertFalse(FileManager.default.fileExists(atPath: out))
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path("report-runs")))
  }

  /// The table, the page, the runs' folder; the same command again trains nothing, and prints what programs read.
  func testAStudyOfAFolder() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let out = folder.path("study.html")
    let command = [
      "reproduce", "augmentation", "--data", data, "--out", out, "--seeds", "7", "--epochs", "1", "--size",
      "8",
    ]
    let first = try Command.run(command)
    XCTAssertEqual(first.code, 0, first.errors)
    XCTAssertTrue(first.output.contains("crop + flip + RandAugment"), first.output)
    XCTAssertTrue(first.output.contains("(published)") && first.output.contains("epoch 1/1"), first.output)
    XCTAssertEqual(first.output.split(separator: "\n").last.map(String.init), out)
    let page = try String(contentsOfFile: out, encoding: .utf8)
    XCTAssertTrue(page.contains("colonnade reproduce augmentation --data") && page.contains("--seeds 7"))
    XCTAssertTrue(
      FileManager.default.fileExists(atPath: folder.path("study-runs/augmentation/none/seed-7/log.jsonl")))

    let second = try Command.run(command + ["--json"])
    XCTAssertFalse(
      second.output.contains("epoch 1/1") || second.errors.contains("epoch 1/1"), "trained again")
    let results = try XCTUnwrap(try second.json() as? [[String: Any]])
    XCTAssertEqual(results.map { $0["study"] as? String }, ["augmentation"])
    XCTAssertNotNil(results[0]["environment"])
    let table = try XCTUnwrap((results[0]["tables"] as? [[String: Any]])?.first)
    XCTAssertEqual((table["rows"] as? [[Any]])?.first?.first as? String, "none")

    let kept = try String(contentsOfFile: out, encoding: .utf8)
    let other = try Command.run(command + ["--epochs", "2"])
    XCTAssertEqual(other.code, 64, other.errors)
    XCTAssertTrue(other.errors.contains("other epochs") && other.errors.contains("--work"), other.errors)
    XCTAssertEqual(other.errorLines.count, 1, other.errors)
    XCTAssertEqual(try String(contentsOfFile: out, encoding: .utf8), kept, "the report is as it was")

    // Of several studies one that cannot be done is told, and the next is done.
    let several = try Command.run(
      ["reproduce", "augmentation", "batchnorm"] + command.dropFirst(2) + ["--epochs", "2"])
    XCTAssertEqual(several.code, 64, several.errors)
    XCTAssertEqual(several.errorLines.count, 1, several.errors)
    XCTAssertTrue(several.errors.contains("error: augmentation: "), several.errors)
    XCTAssertTrue(several.output.contains("not done: ") && several.output.contains("with batch norm"))
    let report = try String(contentsOfFile: out, encoding: .utf8)
    XCTAssertTrue(report.contains("<strong>Not done:</strong>") && report.contains("with batch norm"))
  }

  /// A study that is told to end says what is safe of all its networks, not of the last one alone.
  func testASignal() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let out = folder.path("study.html")
    let running = try RunningCommand(
      [
        "reproduce", "augmentation", "--data", data, "--out", out, "--seeds", "7", "--epochs", "1000000",
        "--size", "8",
      ], in: folder)
    let log = folder.path("study-runs/augmentation/none/seed-7/log.jsonl")
    running.wait { (try? Data(contentsOf: URL(fileURLWithPath: log)).isEmpty) == false }
    running.send(SIGTERM)
    let outcome = try running.finish()
    XCTAssertEqual(outcome.code, -SIGTERM, outcome.errors)
    let line = try XCTUnwrap(outcome.errorLines.last)
    let safe = "all that was done is safe in \(folder.path("study-runs")), of the network under way"
    XCTAssertTrue(line.contains(safe), line)
    XCTAssertTrue(line.contains("'colonnade reproduce augmentation --data"), line)
    XCTAssertTrue(line.hasSuffix("goes on from there"), line)
  }
}
