import Colonnade
import Foundation
import XCTest

/// Training, evaluation and report, as one follows the other.
final class TrainTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  func testTrainResumeEvaluateClassifyReport() throws {
    let run = folder.path("run")
    let first = try Command.succeed(
      "train", "digits", "--network", "resnet20", "--out", run, "--epochs", "1", "--seed", "1")
    XCTAssertEqual(
      first.output.split(separator: "\n").filter { $0.hasPrefix("epoch 1/1") }.count, 1, first.output)
    XCTAssertTrue(first.output.contains("\(run)/best.safetensors"), first.output)
    XCTAssertFalse(first.output.contains("\u{1B}"), "a pipe gets no colours")

    try Command.succeed("train", "digits", "--out", run, "--epochs", "2", "--resume")
    let log = try String(contentsOfFile: run + "/log.jsonl", encoding: .utf8).split(separator: "\n").map {
      try XCTUnwrap(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    XCTAssertEqual(log.map { $0["epoch"] as? Int }, [1, 2])

    let evaluation = try XCTUnwrap(
      Command.run(["evaluate", "digits", "--weights", run + "/last.safetensors", "--json"]).json()
        as? [String: Any])
    XCTAssertEqual(evaluation["count"] as? Int, 359)
    XCTAssertEqual(evaluation["top1"] as? Double, log[1]["validationAccuracy"] as? Double)
    XCTAssertEqual((evaluation["confusion"] as? [[Int]])?.count, 10)
    XCTAssertEqual((evaluation["perClass"] as? [Double])?.count, 10)

    let table = try Command.succeed("evaluate", "digits", "--weights", run + "/last.safetensors").output
    XCTAssertTrue(table.contains("top-1") && table.contains("top-5") && table.contains("taken for"), table)

    let picture = try folder.write("a.png", Samples.png(8))
    let shown = try Command.succeed("classify", picture, "--weights", run + "/best.safetensors", "--top", "1")
    XCTAssertEqual(shown.output.split(separator: "\n").count, 1)

    let report = folder.path("report.html")
    try Command.succeed("report", run, "--out", report, "--pictures", picture)
    let page = try String(contentsOfFile: report, encoding: .utf8)
    XCTAssertTrue(page.contains("<svg") && page.contains("resnet20"))
    XCTAssertFalse(page.contains("src=\"http"), "the page holds all it needs")
  }

  func testFolderOfPicturesAndStartingWeights() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let run = folder.path("run")
    let outcome = try Command.succeed(
      "train", data, "--network", "resnet20", "--out", run, "--epochs", "1", "--batch", "3", "--weights",
      weights,
      "--freeze", "conv1.*", "--freeze", "layer1.*", "--augment", "crop", "--label-smoothing", "0.1",
      "--clip", "1",
      "--optimizer", "adamw", "--schedule", "step:1:0.5")
    XCTAssertTrue(outcome.errors.contains("linear.weight, linear.bias"), outcome.errors)

    let before = try SafetensorsFile(path: weights)
    let after = try SafetensorsFile(path: run + "/last.safetensors")
    XCTAssertEqual(after.shape(of: "linear.weight"), [2, 64])
    for key in ["conv1.weight", "layer1.0.conv1.weight"] {
      XCTAssertEqual(try after.tensor(key).scalars, try before.tensor(key).scalars, "\(key) is frozen")
    }
    let free = "layer2.0.conv1.weight"
    XCTAssertNotEqual(try after.tensor(free).scalars, try before.tensor(free).scalars, "\(free) is not")
    XCTAssertEqual(try WeightCard.read(from: run + "/last.safetensors")?.classNames, ["cat", "dog"])
    let description = try RunDirectory(URL(fileURLWithPath: run)).readDescription()
    XCTAssertEqual(description.start, try RunStart(weights: weights))
    XCTAssertEqual(description.start?.file, (weights as NSString).lastPathComponent)
    XCTAssertTrue(description.command?.hasPrefix("colonnade train /") == true, "\(description.command ?? "")")
    XCTAssertEqual(description.environment?.version.isEmpty, false)

    let others = try WorkFolder()
    let other = try Samples.photographs(classes: ["cat", "eel"], in: others)
    let refused = try Command.run(["evaluate", other, "--weights", run + "/last.safetensors"])
    XCTAssertEqual(refused.code, 65)
    XCTAssertTrue(refused.errors.contains("eel"), refused.errors)
  }

  /// Classes that the weights know keep their rows of the output layer, wherever they stand in it.
  func testClassesThatTheWeightsKnow() throws {
    let names = ["n01440764", "n03888257"]  // 0 and 701 of ImageNet's
    let data = try Samples.photographs(classes: names, in: folder)
    func train(
      _ weights: String, _ network: String, frozen: String, _ out: String
    ) throws -> (run: String, errors: String) {
      let run = folder.path(out)
      let outcome = try Command.succeed(
        "train", data, "--network", network, "--out", run, "--epochs", "1", "--size", "32", "--weights",
        weights,
        "--freeze", frozen)
      return (run + "/last.safetensors", outcome.errors)
    }
    func expectRows(_ rows: [Int], of before: String, in after: String, _ keys: [String]) throws {
      let (before, after) = (try SafetensorsFile(path: before), try SafetensorsFile(path: after))
      for key in keys {
        let layer = try before.tensor(key)
        let expected = rows.flatMap { layer.slice(axis: 0, $0..<$0 + 1).scalars }
        XCTAssertEqual(try after.tensor(key).scalars, expected, key)
      }
    }

    let thousand = try Samples.weights(of: "squeezenet1_1", in: folder)
    let first = try train(thousand, "squeezenet1_1", frozen: "classifier.*", "first")
    XCTAssertTrue(first.errors.contains("of classifier.1.weight, classifier.1.bias, the rows"), first.errors)
    try expectRows([0, 701], of: thousand, in: first.run, ["classifier.1.weight", "classifier.1.bias"])

    // Names by the weight file's card, in another order.
    let network = try Network("resnet20", classes: 3, seed: 4)
    let card = WeightCard(
      network: "resnet20", classNames: [names[1], "eel", names[0]], inputChannels: 3, inputHeight: 32,
      inputWidth: 32, preprocessing: network.card.preprocessing)
    let three = folder.path("three.safetensors")
    try network.store.save(to: three, metadata: card.metadata)
    try expectRows(
      [2, 0], of: three, in: try train(three, "resnet20", frozen: "linear.*", "second").run,
      ["linear.weight", "linear.bias"])

    // One of them unknown: none is taken.
    var other = card
    other.classNames[0] = "cat"
    try network.store.save(to: three, metadata: other.metadata)
    let afresh = try train(three, "resnet20", frozen: "linear.*", "third").errors
    XCTAssertTrue(afresh.contains("trained afresh: linear.weight, linear.bias"), afresh)
  }

  func testResumingAnotherRun() throws {
    let run = folder.path("run")
    try Command.succeed("train", "digits", "--network", "resnet20", "--out", run, "--epochs", "1")
    let log = try Data(contentsOf: URL(fileURLWithPath: run + "/log.jsonl"))
    try Command.fail(
      64, "batch", arguments: "train", "digits", "--out", run, "--epochs", "2", "--batch", "32", "--resume")
    try Command.fail(
      64, "resnet20", arguments: "train", "digits", "--out", run, "--network", "resnet32", "--resume")
    XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: run + "/log.jsonl")), log)
  }

  func testBarOnATerminal() throws {
    let shown = try PseudoTerminal.show(
      ["train", "digits", "--network", "resnet20", "--out", folder.path("run"), "--epochs", "1"],
      environment: ["TERM": "xterm", "NO_COLOR": ""])
    XCTAssertTrue(shown.contains("\r") && shown.contains("pictures/s") && shown.contains("left"), shown)
  }
}
