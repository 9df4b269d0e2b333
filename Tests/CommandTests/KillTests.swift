import Colonnade
import Foundation
import XCTest

/// `kill -9` at random moments: resumed as often as it takes, a run ends with the bytes of one that nobody disturbed.
///
/// COLONNADE_KILLS says how often each run is killed (default: 4).
final class KillTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private let kills = ProcessInfo.processInfo.environment["COLONNADE_KILLS"].flatMap(Int.init) ?? 4

  /// What of the log does not depend on the day's speed.
  private func log(_ run: String) throws -> [String] {
    try String(contentsOfFile: run + "/log.jsonl", encoding: .utf8).split(separator: "\n").map { line in
      var record = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      for key in ["seconds", "validationSeconds", "picturesPerSecond"] { record[key] = nil }
      return String(
        decoding: try JSONSerialization.data(withJSONObject: record, options: .sortedKeys), as: UTF8.self)
    }
  }

  private func compare(_ recipe: [String], seed: UInt64) throws {
    let (whole, killed) = (folder.path("whole"), folder.path("killed"))
    let start = Date()
    try Command.succeed("train", arguments: ["digits", "--out", whole] + recipe)
    let time = Date().timeIntervalSince(start)
    var generator = RandomStream(seed: seed)
    var moments: [String] = []
    var begun = false
    for _ in 0..<kills {
      // What a run is killed before it has written anything begins anew, as a person would begin it.
      let options = begun ? ["--resume"] : recipe
      let running = try RunningCommand(["train", "digits", "--out", killed] + options, in: folder)
      Thread.sleep(forTimeInterval: time * Double(generator.uniform(0.02, 1.3)) / Double(kills))
      running.send(SIGKILL)
      let outcome = try running.finish()
      XCTAssertTrue([-SIGKILL, 0].contains(outcome.code), outcome.errors)
      begun = FileManager.default.fileExists(atPath: killed + "/configuration.json")
      moments += outcome.output.split(separator: "\n").filter { $0.hasPrefix("resuming") }.map(String.init)
    }
    let last = try Command.run(["train", "digits", "--out", killed] + (begun ? ["--resume"] : recipe))
    XCTAssertEqual(last.code, 0, last.errors)
    for file in ["best.safetensors", "last.safetensors"] {
      let (a, b) = (folder.path("whole/\(file)"), folder.path("killed/\(file)"))
      XCTAssertEqual(
        try Data(contentsOf: URL(fileURLWithPath: b)), try Data(contentsOf: URL(fileURLWithPath: a)),
        "\(file) after \(moments)")
    }
    XCTAssertEqual(try log(killed), try log(whole), "\(moments)")
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: killed).filter { $0.hasSuffix(".partial") }, [])
    for run in [whole, killed] { try FileManager.default.removeItem(atPath: run) }
  }

  func testMomentumWithEverythingElse() throws {
    try compare(
      [
        "--network", "resnet20", "--epochs", "3", "--batch", "16", "--ema", "0.99", "--accumulate", "2",
        "--balanced", "--augment", "shift", "--unfreeze", "layer1.*@2", "--checkpoint-every", "1",
      ], seed: 1)
  }

  func testAdamAndDropout() throws {
    try compare(
      [
        "--network", "squeezenet1_1", "--size", "20", "--epochs", "2", "--batch", "64", "--optimizer",
        "adamw",
        "--checkpoint-every", "0.05s", "--schedule", "plateau:0", "--focal", "1",
      ], seed: 2)
  }
}

extension Command {
  fileprivate static func succeed(
    _ command: String, arguments: [String], file: StaticString = #filePath, line: UInt = #line
  ) throws {
    let outcome = try run([command] + arguments)
    XCTAssertEqual(outcome.code, 0, outcome.errors, file: file, line: line)
  }
}
