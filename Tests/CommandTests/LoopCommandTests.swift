import Colonnade
import Foundation
import XCTest

/// Options of the loop and of refined recipes on the command line.
final class LoopCommandTests: XCTestCase {
  private var folder: WorkFolder!
  private var data: String!

  override func setUpWithError() throws {
    folder = try WorkFolder()
    data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
  }

  override func tearDown() { folder = nil }

  private func train(_ out: String, _ options: String...) throws -> Command.Outcome {
    try Command.run(
      ["train", data, "--network", "resnet20", "--size", "16", "--epochs", "2", "--out", folder.path(out)]
        + options)
  }

  private func configuration(_ out: String) throws -> TrainingConfiguration {
    try RunDirectory(URL(fileURLWithPath: folder.path(out))).readDescription().configuration
  }

  func testEveryOptionReachesTheRun() throws {
    let outcome = try train(
      "run", "--accumulate", "2", "--nesterov", "--no-norm-decay", "--ema", "0.9", "--recompute",
      "--patience", "5",
      "--unfreeze", "conv1.*@2", "--class-weights", "balanced", "--balanced", "--focal", "1.5", "--grow",
      "8@2",
      "--checkpoint-every", "3", "--tensorboard")
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    let found = try configuration("run")
    XCTAssertEqual(found.accumulationSteps, 2)
    XCTAssertTrue(found.nesterov)
    XCTAssertFalse(found.decaysBiasAndNorm)
    XCTAssertEqual(found.averageDecay, 0.9)
    XCTAssertEqual(found.recomputes, true)
    XCTAssertEqual(found.patience, 5)
    XCTAssertEqual(found.unfreezing, [Unfreezing("conv1.*", at: 2)])
    XCTAssertEqual(found.classWeights, .balanced)
    XCTAssertEqual(found.sampling, .balanced)
    XCTAssertEqual(found.focalGamma, 1.5)
    XCTAssertEqual(found.growth, [Growth(8, until: 2)])
    let directory = RunDirectory(URL(fileURLWithPath: folder.path("run")))
    XCTAssertEqual(try directory.readDescription().checkpointInterval, .steps(3))
    XCTAssertTrue(TensorBoardLog.isIn(directory.url))
    // Gone on with, all is as it was, event files too; the patience may be another.
    let again = try Command.run([
      "train", data, "--out", folder.path("run"), "--resume", "--epochs", "3", "--patience", "7",
    ])
    XCTAssertEqual(again.code, 0, again.errors)
    XCTAssertEqual(try configuration("run").patience, 7)
    XCTAssertEqual(try directory.readDescription().checkpointInterval, .steps(3))
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.url.path)
    XCTAssertEqual(names.count { $0.hasPrefix("events.out.tfevents.") }, 2)
  }

  func testLARSAndGivenClassWeights() throws {
    let outcome = try train("run", "--optimizer", "lars", "--class-weights", "1,2.5")
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    let found = try configuration("run")
    XCTAssertEqual(found.optimizer, .lars)
    XCTAssertEqual(found.learningRate, 2)
    XCTAssertEqual(found.classWeights, .given([1, 2.5]))
    let refused = try train("other", "--class-weights", "1,2,3")
    XCTAssertEqual(refused.code, 64, refused.errors)
    XCTAssertTrue(refused.errors.contains("3 class weights for 2 classes"), refused.errors)
  }

  /// Networks without batch norm have a recipe of their own, which any option goes before.
  func testDefaultsOfTheFamily() throws {
    func recipe(_ network: String, _ options: String...) throws -> TrainingConfiguration {
      let run = folder.path("run")
      let outcome = try Command.run(
        ["train", data, "--network", network, "--size", "32", "--epochs", "1", "--out", run] + options)
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      defer { try? FileManager.default.removeItem(atPath: run) }
      return try configuration("run")
    }
    let own = TrainingConfiguration.suited(to: try Registry.card(named: "squeezenet1_1"))
    var found = try recipe("squeezenet1_1")
    XCTAssertEqual(
      [found.learningRate, found.warmUpEpochs, found.gradientClip],
      [own.learningRate, own.warmUpEpochs, own.gradientClip])
    XCTAssertEqual(found.optimizer, .adam)
    XCTAssertEqual(found.learningRate, 0.0003)
    found = try recipe("squeezenet1_1", "--learning-rate", "0.003", "--warm-up", "0", "--clip", "9")
    XCTAssertEqual([found.learningRate, found.warmUpEpochs, found.gradientClip], [0.003, 0, 9])
    for (optimizer, rate) in [("adam", 0.0003), ("sgd", 0.01), ("adamw", 0.0003), ("lars", 2)] {
      found = try recipe("squeezenet1_1", "--optimizer", optimizer)
      XCTAssertEqual(found.optimizer.rawValue, optimizer)
      XCTAssertEqual(found.learningRate, rate, optimizer)
    }
    XCTAssertEqual(try recipe("resnet20", "--optimizer", "adam").learningRate, 0.001)
    let weights = try Samples.weights(of: "resnet20", in: folder)
    found = try recipe("resnet20", "--weights", weights)
    XCTAssertEqual([found.learningRate, found.warmUpEpochs, found.gradientClip], [0.01, 0, 1])
    XCTAssertNil(try recipe("resnet20", "--weights", weights, "--clip", "none").gradientClip)
    found = try recipe("resnet20", "--weights", weights, "--linear-probe")
    XCTAssertEqual([found.learningRate, found.warmUpEpochs, found.gradientClip], [0.05, 0, nil])
    let published = try Samples.weights(of: "squeezenet1_1", in: folder)
    found = try recipe("squeezenet1_1", "--weights", published)
    XCTAssertEqual(found.optimizer, .sgd)
    XCTAssertEqual([found.learningRate, found.warmUpEpochs, found.gradientClip], [0.01, 0, 1])
    found = try recipe("squeezenet1_1", "--weights", published, "--linear-probe")
    XCTAssertEqual([found.learningRate, found.warmUpEpochs, found.gradientClip], [0.01, 0, 1])
    found = try recipe("resnet20")
    XCTAssertEqual(
      found,
      {
        var plain = TrainingConfiguration(); plain.epochs = 1; return plain
      }())
  }

  func testWhatARunCannotChange() throws {
    XCTAssertEqual(try train("run").code, 0)
    for (options, text) in [
      (["--ema", "0.9"], "--ema: "), (["--nesterov"], "--nesterov: "), (["--balanced"], "--balanced: "),
      (["--focal", "2"], "--focal: "), (["--accumulate", "3"], "--accumulate: "),
      (["--no-norm-decay"], "--no-norm-decay: "), (["--class-weights", "balanced"], "--class-weights: "),
      (["--unfreeze", "conv1.*@3"], "--unfreeze: "), (["--grow", "8@2"], "--grow: "),
      (["--recompute"], "--recompute: "),
    ] {
      let outcome = try Command.run(
        ["train", data, "--out", folder.path("run"), "--resume", "--epochs", "3"] + options)
      XCTAssertEqual(outcome.code, 64, "\(options) \(outcome.errors)")
      XCTAssertTrue(outcome.errors.contains(text), outcome.errors)
    }
  }

  /// The very same command goes on with its run, whatever it was begun with; what is otherwise is named with both values.
  func testTheSameCommandGoesOn() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let options = [
      "train", data!, "--network", "resnet20", "--size", "20", "--crop", "16", "--mean", "0.5", "--std",
      "0.25,0.25,0.25", "--classes", "2", "--epochs", "1", "--out", folder.path("run"), "--weights", weights,
    ]
    for resume in [[], ["--resume"]] {
      let outcome = try Command.run(options + resume)
      XCTAssertEqual(outcome.code, 0, outcome.errors)
    }
    let elsewhere = folder.path("elsewhere.safetensors")
    try FileManager.default.moveItem(atPath: weights, toPath: elsewhere)
    try Command.succeed("train", data, "--out", folder.path("run"), "--resume", "--weights", elsewhere)
    let other = try Samples.weights(of: "resnet20", classes: 2, in: folder)
    for (given, text) in [
      (["--classes", "3"], "--classes 3 (the run has 2): "),
      (["--size", "32"], "--size 32 (the run has 16): "),
      (
        ["--crop", "none", "--mean", "0.25"],
        "--crop none (the run has 16), --mean 0.25,0.25,0.25 (the run has 0.5,0.5,0.5): "
      ),
      (["--auxiliary"], "--auxiliary (the run has none): "),
      (["--weights", other], "(the run began with resnet20-10.safetensors, SHA-256 "),
      (["--skip-broken"], "--skip-broken (the run was begun without it): "),
    ] {
      let outcome = try Command.run(
        ["train", data, "--out", folder.path("run"), "--resume", "--epochs", "2"] + given)
      XCTAssertEqual(outcome.code, 64, "\(given) \(outcome.errors)")
      XCTAssertTrue(outcome.errors.contains(text), outcome.errors)
    }
    XCTAssertEqual(try train("random").code, 0)
    try Command.fail(
      64, "the run began with random ones", arguments: "train", data, "--out", folder.path("random"),
      "--resume",
      "--weights", other)
  }

  /// A run that is killed before anything was measured is to have event files all the same.
  func testEventFilesOfAKilledRun() throws {
    let run = folder.path("run")
    let running = try RunningCommand(
      [
        "train", "digits", "--network", "resnet56", "--batch", "8", "--epochs", "50", "--out", run,
        "--tensorboard",
      ],
      in: folder)
    running.wait { TensorBoardLog.isIn(URL(fileURLWithPath: run)) }
    running.send(SIGKILL)
    XCTAssertEqual(try running.finish().code, -SIGKILL)
    XCTAssertEqual(try RunDirectory(URL(fileURLWithPath: run)).readLog().count, 0)
    let again = try RunningCommand(["train", "digits", "--out", run, "--resume"], in: folder)
    again.wait {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: run)) ?? []
      return names.count { $0.hasPrefix("events.out.tfevents.") } == 2
    }
    again.send(SIGKILL)
    _ = try again.finish()
  }

  func testWhatCannotBe() throws {
    for options in [
      ["--ema", "1"], ["--ema", "nan"], ["--focal", "-1"], ["--patience", "0"], ["--accumulate", "0"],
      ["--class-weights", "heavy"], ["--class-weights", "1,0"], ["--unfreeze", "conv1.*"],
      ["--unfreeze", "@3"],
      ["--unfreeze", "conv1.*@1"], ["--unfreeze", "nowhere.*@2"], ["--grow", "8"], ["--grow", "16@2"],
      ["--grow", "8@x"], ["--checkpoint-every", "0"], ["--checkpoint-every", "-3"],
      ["--checkpoint-every", "soon"], ["--checkpoint-every", "infs"], ["--nesterov", "--optimizer", "adam"],
      ["--find-learning-rate", folder.path("curve.svg")],
    ] {
      let outcome = try Command.run(
        ["train", data, "--network", "resnet20", "--size", "16", "--out", folder.path("run")] + options)
      XCTAssertEqual(outcome.code, 64, "\(options) \(outcome.errors)")
      XCTAssertEqual(outcome.errorLines.count, 1, "\(options) \(outcome.errors)")
      XCTAssertFalse(
        FileManager.default.fileExists(atPath: folder.path("run/last.safetensors")), "\(options)")
      try? FileManager.default.removeItem(atPath: folder.path("run"))
    }
    try Command.fail(64, "--out", arguments: "train", data, "--network", "resnet20")
    try Command.fail(
      64, ".svg or .html", arguments: "train", data, "--network", "resnet20", "--find-learning-rate",
      folder.path("curve.png"))
  }

  func testTheFinderLeavesACurveAlone() throws {
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    for name in ["curve.svg", "curve.html"] {
      let file = folder.path(name)
      let outcome = try Command.succeed(
        "train", data, "--network", "resnet20", "--size", "16", "--find-learning-rate", file)
      XCTAssertTrue(outcome.output.contains("drawn in \(file)"), outcome.output)
      XCTAssertTrue(outcome.output.contains("suggestion"), outcome.output)
      XCTAssertTrue(try String(contentsOfFile: file, encoding: .utf8).contains("<polyline"))
      try FileManager.default.removeItem(atPath: file)
    }
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted(), before.sorted())
  }

  func testRunsCompared() throws {
    XCTAssertEqual(try train("one").code, 0)
    XCTAssertEqual(try train("two", "--ema", "0.9", "--learning-rate", "0.01").code, 0)
    let (one, two, page) = (folder.path("one"), folder.path("two"), folder.path("page.html"))
    let outcome = try Command.succeed("report", one, two, "--out", page)
    XCTAssertEqual(outcome.output, page + "\n")
    let text = try String(contentsOfFile: page, encoding: .utf8)
    XCTAssertTrue(text.contains("2 runs compared") && text.contains("moving average of the weights"), text)
    XCTAssertFalse(text.contains("src=\"http"))
    try Command.fail(64, "--out", arguments: "report", one, two)
    try Command.fail(64, "--pictures", arguments: "report", one, two, "--out", page, "--pictures", "a.png")
    try Command.fail(66, "three", arguments: "report", one, folder.path("three"), "--out", page)
  }

  func testARunThatStopsEarlySaysSo() throws {
    let outcome = try Command.run([
      "train", data, "--network", "resnet20", "--size", "16", "--epochs", "500", "--patience", "1", "--out",
      folder.path("run"), "--learning-rate", "1e-30",
    ])
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    XCTAssertTrue(outcome.output.contains("none was better for as long as --patience says"), outcome.output)
  }
}
