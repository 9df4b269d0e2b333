import Colonnade
import Foundation
import XCTest

/// Every number is checked at the door: out of range, not a number, or too large to compute with, it is one line and
/// nothing is written.
final class OptionTests: NothingLostTestCase {
  private func refuse(
    _ command: [String], _ option: [String], _ texts: String..., file: StaticString = #filePath,
    line: UInt = #line
  ) throws {
    let outcome = try Command.run(command + option)
    XCTAssertEqual(outcome.code, 64, "\(option): \(outcome.errors)", file: file, line: line)
    XCTAssertEqual(outcome.errorLines.count, 1, "\(option): \(outcome.errors)", file: file, line: line)
    XCTAssertEqual(outcome.output, "", "\(option)", file: file, line: line)
    for text in texts {
      XCTAssertTrue(
        outcome.errors.contains(text), "\(option): '\(text)' is not in: \(outcome.errors)", file: file,
        line: line)
    }
  }

  func testTrainingsNumbers() throws {
    let run = folder.path("run")
    let train = ["train", "digits", "--network", "resnet20", "--out", run]
    let largest = "9223372036854775807"
    for (option, values) in [
      "--clip": ["inf", "nan", "0", "-1", "1e300", "1e-300"],
      "--learning-rate": ["-0.1", "0", "nan", "inf", "-inf", "1e300", "1e-300"],
      "--epochs": [largest, "0", "-3", "1000001"],
      "--batch": [largest, "0", "-3", "1000001"],
      "--warm-up": ["1e18", "-1", "nan", "inf"],
      "--momentum": ["1", "-0.1", "nan", "inf"],
      "--weight-decay": ["-1e-4", "nan", "inf", "1e39"],
      "--label-smoothing": ["1", "-0.1", "nan"],
      "--schedule": [
        "cosine:nan", "cosine:-5", "cosine:2", "cosine:inf", "step:1:nan", "step:1:-1", "step:0",
        "step:\(largest)", "step:1:inf", "polynomial:nan", "polynomial:-1", "polynomial:inf", "plateau:1:nan",
        "plateau:-1", "plateau:1:2", "plateau:1:-0.5", "multistep:-1", "multistep:\(largest)",
        "multistep:1,2:nan",
      ],
      "--size": [largest, "0", "-8"],
      "--threads": [largest, "0", "-1"],
      "--classes": [largest, "0", "-1"],
    ] {
      for value in values { try refuse(train, [option, value]) }
    }
    // What cannot be read as a number names the option.
    for value in ["--epochs=9223372036854775808", "--epochs=1e3", "--seed=-1", "--learning-rate=fast"] {
      try refuse(train, [value], String(value.prefix { $0 != "=" }))
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: run))
  }

  func testOtherCommandsNumbers() throws {
    let largest = "9223372036854775807"
    for classes in [largest, "1000001", "0", "-1"] {
      try refuse(["summary", "resnet50"], ["--classes", classes], "classes", "from 1 to 1,000,000")
    }
    try refuse(["summary", "resnet50"], ["--size", largest], "--size")
    try refuse(["summary", "resnet50"], ["--size", "-1"], "--size -1")
    let weights = ["--network", "resnet20", "--weights", precious!]
    try refuse(["classify", precious, "--top", largest], weights, "--top")
    try refuse(["classify", precious, "--top", "-1"], weights, "--top -1")
    try refuse(["evaluate", "digits", "--batch", largest], weights, "--batch")
    try refuse(["run", "--input", precious, "--repeat", largest], weights, "--repeat")
    try refuse(["run", "--input", precious, "--repeat", "-2"], weights, "--repeat -2")
    let real = try Samples.weights(of: "resnet20", in: folder)
    try refuse(
      ["evaluate", "digits", "--weights", real, "--network", "resnet20"], ["--classes", largest], "classes")
  }

  /// A negative number is a value: what is said is said of its range.
  func testNegativeNumbersAreValues() throws {
    let train = ["train", "digits", "--network", "resnet20", "--out", folder.path("run")]
    try refuse(train, ["--learning-rate", "-0.1"], "a learning rate of -0.1", "above 0")
    try refuse(train, ["--warm-up", "-1"], "a warm-up of -1.0")
    try refuse(train, ["--clip", "-1e3"], "a gradient clip of -1000.0")
    // After an option that takes nothing it is still none.
    try refuse(["summary"], ["--json", "-1"], "--json")
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path("run")))
  }

  /// A network that died sees all classes alike for good: it is said, in the epoch and at the end.
  func testARecipeThatCannotLearnIsTold() throws {
    let data = try Samples.photographs(classes: ["cat", "dog", "eel"], in: folder)
    let train = [
      "train", data, "--network", "squeezenet1_1", "--size", "32", "--batch", "3", "--epochs", "2",
    ]
    let dead = try Command.run(train + ["--out", folder.path("dead"), "--learning-rate", "1e-20"])
    XCTAssertEqual(dead.code, 0, dead.errors)
    XCTAssertEqual(dead.errorLines.count, 2, dead.errors)
    XCTAssertTrue(
      dead.errorLines[0].contains("the loss is 1.0")
        && dead.errorLines[0].contains("guessing among 3 classes")
        && dead.errorLines[0].contains("--learning-rate"), dead.errors)
    XCTAssertTrue(dead.errorLines[1].contains("learned nothing"), dead.errors)
  }
}
