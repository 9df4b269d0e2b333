import Colonnade
import Foundation
import XCTest

/// `colonnade pretrain`, and what `train` makes of its weights.
final class PretrainTests: XCTestCase {
  private var folder: WorkFolder!
  private var data: String!

  override func setUpWithError() throws {
    folder = try WorkFolder()
    data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
  }

  override func tearDown() { folder = nil }

  private func pretrain(_ out: String, _ options: String...) throws -> Command.Outcome {
    try Command.run(
      [
        "pretrain", data, "--network", "resnet20", "--size", "16", "--epochs", "1", "--batch", "4", "--out",
        out,
      ]
        + options)
  }

  /// A trunk without labels, gone on with, and a linear probe on it.
  func testFromPicturesToAProbe() throws {
    for method in ["rotation", "simclr"] {
      let run = folder.path(method)
      let first = try pretrain(run, "--method", method, "--validation-share", "0.2")
      XCTAssertEqual(first.code, 0, first.errors)
      XCTAssertTrue(first.output.contains(method), first.output)
      XCTAssertTrue(first.output.contains("10 pictures to train on, 2 to validate"), first.output)
      XCTAssertTrue(first.output.contains("accuracy"), first.output)
      let more = try Command.run(["pretrain", data, "--out", run, "--resume", "--epochs", "2"])
      XCTAssertEqual(more.code, 0, more.errors)
      XCTAssertEqual(try RunDirectory(URL(fileURLWithPath: run)).readLog().count, 2)
      // The very same options are no change; others are named with both values.
      let same = try Command.run([
        "pretrain", data, "--out", run, "--resume", "--epochs", "2", "--method", method, "--network",
        "resnet20",
        "--size", "16", "--batch", "4", "--validation-share", "0.2",
      ])
      XCTAssertEqual(same.code, 0, same.errors)
      try Command.fail(
        64, "--size 32 (the run has 16)", arguments: "pretrain", data, "--out", run, "--resume", "--size",
        "32")
      try Command.succeed("report", run)
      // A run of another kind goes on by its own command.
      try Command.fail(64, "colonnade pretrain", arguments: "train", data, "--out", run, "--resume")

      if method == "simclr" {
        let picture = data + "/val/cat/0.png"
        try Command.fail(
          65, "trained without labels", arguments: "classify", picture, "--weights", "\(run)/last.safetensors"
        )
      }

      let probe = folder.path("\(method)-probe")
      let outcome = try Command.run([
        "train", data, "--network", "resnet20", "--size", "16", "--epochs", "3", "--weights",
        "\(run)/last.safetensors",
        "--linear-probe", "--out", probe,
      ])
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      XCTAssertTrue(outcome.output.contains("features of 12 pictures"), outcome.output)
      XCTAssertTrue(outcome.output.contains("130 parameters"), outcome.output)
      XCTAssertTrue(outcome.errors.contains("trained afresh: linear.weight, linear.bias"), outcome.errors)
      try Command.fail(64, "colonnade train", arguments: "pretrain", data, "--out", probe, "--resume")
      // What the run had is known again, and the features are not computed twice.
      let resumed = try Command.run(["train", data, "--out", probe, "--resume", "--epochs", "4"])
      XCTAssertEqual(resumed.code, 0, resumed.errors)
      XCTAssertTrue(resumed.output.contains("found in"), resumed.output)
    }
  }

  /// A run whose loss stays that of guessing says so, with labels and without; one of SimCLR has no such loss.
  func testARunThatOnlyGuessesSaysSo() throws {
    func errors(_ command: String, _ options: String...) throws -> String {
      let outcome = try Command.run(
        [command, data, "--network", "squeezenet1_1", "--size", "32", "--epochs", "1", "--batch", "4"]
          + ["--learning-rate", "1e-9", "--out", folder.path(options.last ?? command)] + options)
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      return outcome.errors
    }
    let (ofClasses, ofPositions) = (
      try errors("train"), try errors("pretrain", "--validation-share", "0.2", "--method", "rotation")
    )
    for (text, choices) in [(ofClasses, "2 classes"), (ofPositions, "4 positions")] {
      XCTAssertTrue(text.contains("that of guessing among \(choices): nothing is learned so far"), text)
      XCTAssertTrue(text.contains("these weights have learned nothing"), text)
    }
    XCTAssertTrue(ofClasses.contains("--weights to begin with"), ofClasses)
    XCTAssertFalse(ofPositions.contains("--weights"), "pretrain has no such option: \(ofPositions)")
    let ofViews = try errors("pretrain", "--validation-share", "0.2", "--method", "simclr")
    XCTAssertFalse(ofViews.contains("guessing"), ofViews)
  }

  func testWhatIsRefused() throws {
    let out = folder.path("run")
    func fail(_ code: Int32, _ text: String, _ options: [String], line: UInt = #line) throws {
      let outcome = try Command.run(["pretrain", data, "--out", out] + options)
      XCTAssertEqual(outcome.code, code, outcome.errors, line: line)
      XCTAssertTrue(outcome.errors.contains(text), outcome.errors, line: line)
      XCTAssertFalse(FileManager.default.fileExists(atPath: out), line: line)
    }
    let network = ["--network", "resnet20"]
    try fail(64, "--method is missing", network)
    try fail(64, "--network is missing", ["--method", "simclr"])
    try fail(64, "--label-smoothing", ["--method", "simclr", "--label-smoothing", "0.1"] + network)
    try fail(64, "--linear-probe", ["--method", "simclr", "--linear-probe"] + network)
    try fail(64, "--temperature", ["--method", "rotation", "--temperature", "0.1"] + network)
    try fail(64, "--temperature", ["--method", "simclr", "--temperature", "0"] + network)
    try fail(64, "lacks resized-crop", ["--method", "simclr", "--augment", "flip"] + network)
    try fail(64, "--size 0: from 1 to 8192 pixels", ["--method", "simclr", "--size", "0"] + network)
    try fail(64, "from 1 to 1,000,000", ["--method", "simclr", "--epochs", "0"] + network)
    try fail(64, "batches of 1 picture", ["--method", "simclr", "--batch", "1"] + network)
    try fail(64, "--validation-share", ["--method", "simclr"] + network)
    try fail(66, "no checkpoint", ["--resume"])
    try Command.fail(64, "'--out <folder>'", arguments: "pretrain", data, "--method", "simclr")
    let empty = try folder.makeFolder("empty")
    try Command.fail(
      65, "holds no pictures", arguments: "pretrain", empty, "--method", "rotation", "--network", "resnet20",
      "--out", out)
  }

  /// Help is of this command: its own defaults, and no option that it does not take; `evaluate` has a part, not two.
  func testHelpIsOfThisCommand() throws {
    let help = try Command.succeed("pretrain", "--help").output
    XCTAssertTrue(help.contains("training set (default: 50)"), help)
    XCTAssertTrue(help.contains("(default: 64 of rotation"), help)
    for option in ["--mixup", "--class-weights", "--find-learning-rate", "--train-part"] {
      XCTAssertFalse(help.contains(option), option)
    }
    XCTAssertFalse(try Command.succeed("evaluate", "--help").output.contains("--validation-part"))
    let other = try Command.succeed("train", "--help").output
    XCTAssertTrue(other.contains("--mixup") && other.contains("(default: 10; of a"), other)
  }

  /// With random changes a probe is no probe.
  func testAProbeRefusesRandomChanges() throws {
    try Command.fail(
      64, "a linear probe", arguments: "train", data, "--network", "resnet20", "--size", "16",
      "--linear-probe",
      "--augment", "flip", "--out", folder.path("run"))
  }
}
