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
    // So are lists that begin with one.
    let weights = ["--network", "resnet20", "--weights", try Samples.weights(of: "resnet20", in: folder)]
    let classify = ["classify", try folder.write("a.png", Samples.png())] + weights
    try refuse(classify, ["--std", "-1,-1,-1"], "--std -1,-1,-1: a standard deviation is above 0")
    try refuse(["evaluate", "digits"] + weights, ["--scales", "-1,224"], "'-1,224' is invalid")
    try refuse(train, ["--class-weights", "-1,1"], "class weights of [-1.0, 1.0]")
    let outcome = try Command.run(classify + ["--mean", "-0.5,-0.5,-0.5", "--std", "0.5"])
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path("run")))
  }

  /// What could do nothing is not passed over.
  func testOptionsWithoutEffect() throws {
    let train = ["train", "digits", "--network", "resnet20", "--epochs", "2", "--out", folder.path("run")]
    try refuse(train, ["--optimizer", "adam", "--momentum", "0.3"], "--momentum", "adam has none")
    try refuse(train, ["--train-part", "test"], "--train-part: of detectors")
    let late: [(option: [String], text: String)] = [
      (["--warm-up", "5"], "--warm-up 5"), (["--unfreeze", "layer1.*@3"], "--unfreeze layer1.*@3"),
      (["--grow", "4@3"], "--grow 4@3"), (["--schedule", "multistep:1,2"], "a milestone after 2 epochs"),
    ]
    for (option, text) in late { try refuse(train, option, text, "beyond the run's end; it has 2 epochs") }
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path("run")))

    try refuse(["summary"], ["--classes", "5", "--size", "77"], "--classes, --size: of one network")
    try refuse(["summary", "resnet20"], ["--list"], "without 'resnet20'")
    let filters = [
      "explain", "--filters", "--network", "resnet20", "--weights", precious!, "--out",
      folder.path("f.png"),
    ]
    try refuse(filters, ["--resize", "100", "--preset", "review"], "--preset, --resize: of pictures")
    try refuse(filters, ["--orientation", "exif"], "--orientation: of pictures")
    try refuse(
      ["report", "run"], ["--orientation", "exif", "--accept-truncated"],
      "--orientation, --accept-truncated: of --pictures")
  }

  /// One class alone is recognized by whoever has learned nothing.
  func testOneClassAloneIsTold() throws {
    let data = try Samples.photographs(classes: ["cat"], in: folder)
    let outcome = try Command.run([
      "train", data, "--network", "resnet20", "--size", "16", "--epochs", "1", "--out", folder.path("run"),
    ])
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    XCTAssertTrue(outcome.errors.contains("one class alone, cat: there is nothing to tell"), outcome.errors)
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

  /// As of a variable that is not set: no run in the folder that one happens to be in.
  func testAnEmptyFolderName() throws {
    let place = URL(fileURLWithPath: try folder.makeFolder("empty"))
    let outcome = try Command.run(
      ["train", "digits", "--network", "resnet20", "--epochs", "1", "--out", ""], directory: place)
    XCTAssertEqual(outcome.code, 64, outcome.errors)
    XCTAssertTrue(outcome.errors.contains("--out names no folder"), outcome.errors)
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: place.path), [])
  }
}
