import Colonnade
import Foundation
import XCTest

/// Detectors trained, resumed, measured and reported, as one follows the other.
final class DetectorTrainTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private func log(_ run: String) throws -> [[String: Any]] {
    try String(contentsOfFile: run + "/log.jsonl", encoding: .utf8).split(separator: "\n").map {
      try XCTUnwrap(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  private func evaluation(_ arguments: String...) throws -> [String: Any] {
    try XCTUnwrap(Command.run(["evaluate"] + arguments + ["--json"]).json() as? [String: Any])
  }

  /// YOLO from nothing, stopped and resumed, the same as in one go; its weights are a detector for every command.
  func testYOLO() throws {
    let data = try AnnotatedSamples.voc(in: folder, splits: ["train": 8, "val": 2, "test": 3])
    let (run, whole) = (folder.path("run"), folder.path("whole"))
    let options = [
      "--network", "yolo-mobilenet_v2", "--size", "64", "--batch", "2", "--schedule", "constant",
    ]
    let first = try Command.run(["train", data, "--out", run, "--epochs", "1"] + options)
    XCTAssertEqual(first.code, 0, first.errors)
    XCTAssertTrue(first.errors.contains("anchors of the training boxes"), first.errors)
    for text in ["pictures of 64×64×3", "map50", "objectness", "\(run)/best.safetensors"] {
      XCTAssertTrue(first.output.contains(text), first.output)
    }
    try Command.succeed("train", data, "--out", run, "--epochs", "2", "--resume")
    XCTAssertEqual(try Command.run(["train", data, "--out", whole, "--epochs", "2"] + options).code, 0)
    let (resumed, expected) = (try log(run), try log(whole))
    XCTAssertEqual(resumed.count, 2)
    for (a, e) in zip(resumed, expected) {
      for key in ["trainLossParts", "validationLossParts", "validationMetrics"] {
        XCTAssertEqual(a[key] as? [String: Double], e[key] as? [String: Double], key)
      }
      XCTAssertEqual(
        (a["trainLossParts"] as? [String: Double])?.keys.sorted(), ["centre", "class", "objectness", "size"])
      XCTAssertNotNil((a["validationMetrics"] as? [String: Double])?["map50"])
    }
    let weights = run + "/best.safetensors"
    let card = try XCTUnwrap(try WeightCard.read(from: weights))
    XCTAssertEqual(card.classNames, AnnotatedSamples.classes)
    XCTAssertEqual(card.detector?.anchors?.count, 6)

    let measured = try evaluation(data, "--weights", weights, "--part", "test")
    XCTAssertEqual(measured["pictures"] as? Int, 3)
    XCTAssertEqual(measured["objects"] as? Int, 3)
    XCTAssertNotNil(measured["vocArea"] as? Double)
    XCTAssertNotNil(measured["coco"] as? [String: Any])
    let listing = try Command.succeed("evaluate", data, "--weights", weights).output
    for text in ["2 pictures, 2 objects", "VOC until 2009", "AR, COCO", "localization", "missed"] {
      XCTAssertTrue(listing.contains(text), listing)
    }
    // A report on the standard output is alone there.
    let apart = try Command.run([
      "evaluate", data, "--weights", weights, "--report", "/dev/stdout", "--json",
    ])
    XCTAssertEqual(apart.code, 0, apart.errors)
    XCTAssertTrue(apart.output.hasSuffix("</html>\n") && !apart.output.contains("\"objects\" :"))
    XCTAssertTrue(apart.errors.contains("\"objects\" :"), apart.errors)
    try Command.succeed("detect", data + "/JPEGImages/val_0.png", "--weights", weights)
    try Command.succeed("report", run)
    let page = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
    for text in ["map50 by epoch", "objectness by epoch", "Mean average precision", "Mistakes"] {
      XCTAssertTrue(page.contains(text), text)
    }
  }

  /// Faster R-CNN from a classifier's weights, λ and parts of the data as asked for.
  func testFasterRCNN() throws {
    let data = try AnnotatedSamples.voc(in: folder)
    let trunk = try Samples.weights(of: "mobilenet_v2", in: folder)
    let run = folder.path("run")
    let outcome = try Command.succeed(
      "train", data, "--network", "fasterrcnn_mobilenet_v2", "--out", run, "--weights", trunk, "--size", "64",
      "--epochs", "1", "--lambda", "2", "--train-part", "test", "--validation-part", "val", "--augment", "ssd"
    )
    XCTAssertTrue(outcome.errors.contains("the weights of mobilenet_v2, for the trunk"), outcome.errors)
    XCTAssertTrue(outcome.output.contains("3 pictures to train on, 2 to validate"), outcome.output)
    let parts = try XCTUnwrap(try log(run)[0]["trainLossParts"] as? [String: Double])
    let loss = try XCTUnwrap(try log(run)[0]["trainLoss"] as? Double)
    let total =
      try XCTUnwrap(parts["loss_objectness"]) + XCTUnwrap(parts["loss_classifier"]) + 2
      * (XCTUnwrap(parts["loss_rpn_box_reg"]) + XCTUnwrap(parts["loss_box_reg"]))
    XCTAssertEqual(loss, total, accuracy: 1e-4 * loss)
    let card = try XCTUnwrap(try WeightCard.read(from: run + "/last.safetensors"))
    XCTAssertEqual(
      card.detector,
      DetectorDetails(shorterSide: 64, longestSide: 106, lambda: 2, freezesBatchNorm: true))
    // The trunk's frozen batch norm is the file's still.
    let key = "features.0.1.running_mean"
    XCTAssertEqual(
      try SafetensorsFile(path: run + "/last.safetensors").tensor("backbone.body." + key).scalars,
      try SafetensorsFile(path: trunk).tensor(key).scalars)
    XCTAssertEqual(try evaluation(data, "--weights", run + "/last.safetensors")["pictures"] as? Int, 2)
    // The parts are the run's when it goes on, and cannot be others.
    try Command.succeed("train", data, "--out", run, "--epochs", "2", "--resume")
    try Command.fail(
      64, "--validation-part train (the run has val)", arguments: "train", data, "--out", run, "--epochs",
      "3", "--resume",
      "--validation-part", "train")
  }

  /// Fast R-CNN: proposals are searched once, and known to whoever goes on.
  func testFastRCNN() throws {
    let data = try AnnotatedSamples.voc(in: folder)
    let run = folder.path("run")
    let trunk = try Samples.weights(of: "mobilenet_v2", in: folder)
    try Command.succeed(
      "train", data, "--network", "fastrcnn_mobilenet_v2", "--out", run, "--weights", trunk, "--size", "64",
      "--epochs", "1")
    let proposals = run + "/proposals.safetensors"
    func written() throws -> Date? {
      try FileManager.default.attributesOfItem(atPath: proposals)[.modificationDate] as? Date
    }
    let before = try XCTUnwrap(try written())
    try Command.succeed("train", data, "--out", run, "--epochs", "2", "--resume")
    XCTAssertEqual(try written(), before)
    XCTAssertEqual(try SafetensorsFile(path: proposals).shape(of: "counts"), [6])
    let weights = run + "/last.safetensors"
    XCTAssertEqual(try evaluation(data, "--weights", weights)["pictures"] as? Int, 2)
    let compressed = try ["8", "1"].map {
      try evaluation(data, "--weights", weights, "--compress-fc", $0, "--score", "0")["coco"] as? NSDictionary
    }
    XCTAssertNotEqual(compressed[0], compressed[1])
  }

  /// A detector of another program is measured as it detects: by its configuration and the names of its classes.
  func testADarknetConfigurationIsMeasured() throws {
    let data = try AnnotatedSamples.voc(in: folder, splits: ["val": 3])
    let options = try SmallDetector.arguments(in: folder, names: ["blue", "cat", "red"])
    let outcome = try Command.run(["evaluate", data, "--json"] + options)
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    let measured = try XCTUnwrap(try outcome.json() as? [String: Any])
    XCTAssertEqual(measured["pictures"] as? Int, 3)
    let classes = try XCTUnwrap(measured["classes"] as? [[String: Any]])
    XCTAssertEqual(classes.map { $0["name"] as? String }, ["blue", "cat", "red"])
    // The layer's bias finds a cat and red in every picture; of cats the data do not say where they are.
    XCTAssertEqual(classes.map { $0["detections"] as? Int }, [0, 0, 3])
    XCTAssertTrue(outcome.errors.contains("not annotated there"), outcome.errors)
    XCTAssertTrue(outcome.errors.contains("where they are found: cat\n"), outcome.errors)

    let report = try Command.run(["evaluate", data, "--report", options[1]] + options)
    XCTAssertEqual(report.code, 73)
    XCTAssertTrue(report.errors.contains("a.cfg: is read, and would be lost"), report.errors)
    let both = try Command.run(["evaluate", data, "--network", "yolov3-tiny"] + options)
    XCTAssertEqual(both.code, 64)
    XCTAssertTrue(both.errors.contains("with --cfg the network is that of the configuration"), both.errors)
  }

  /// A network of a darknet configuration for three classes is trained for the data's two; its weights need no configuration.
  func testADarknetConfigurationIsTrained() throws {
    let data = try AnnotatedSamples.voc(in: folder)
    let (run, cfg) = (folder.path("run"), try SmallDetector.configuration(in: folder))
    let first = try Command.run(["train", data, "--cfg", cfg, "--out", run, "--epochs", "1", "--batch", "2"])
    XCTAssertEqual(first.code, 0, first.errors)
    XCTAssertTrue(first.output.contains("a.cfg on squares: 2 classes"), first.output)
    for text in ["a.cfg: 1 key not used", "learning_rate (line 4)", "anchors of the training boxes"] {
      XCTAssertTrue(first.errors.contains(text), first.errors)
    }
    try FileManager.default.removeItem(atPath: cfg)
    try Command.succeed("train", data, "--out", run, "--epochs", "2", "--resume")
    XCTAssertEqual(try log(run).count, 2)
    let weights = run + "/best.safetensors"
    XCTAssertEqual(try evaluation(data, "--weights", weights)["pictures"] as? Int, 2)
    try Command.succeed("detect", data + "/JPEGImages/val_0.png", "--weights", weights)
    try Command.succeed("report", run)

    let again = try SmallDetector.configuration(in: folder)
    let written = try String(contentsOfFile: again, encoding: .utf8)
    let other = try folder.write(
      "b.cfg", Data(written.replacing("activation=linear", with: "activation=leaky").utf8))
    try Command.fail(
      64, "--cfg \(other): the run to resume trains another network", arguments: "train", data, "--out", run,
      "--resume", "--cfg", other)
    try Command.succeed(
      "train", data, "--cfg", again, "--out", run, "--epochs", "2", "--batch", "2", "--size", "32",
      "--anchors", "auto",
      "--resume")
    try Command.fail(
      64, "--size 64 (the run has 32), --lambda 2.0 (the run has the detector's own loss)",
      arguments: "train", data,
      "--out", run, "--resume", "--size", "64", "--lambda", "2")
    // A box that was moved is another one.
    let annotation = "squares/Annotations/train_0.xml"
    let text = try String(contentsOfFile: folder.path(annotation), encoding: .utf8)
    let moved = text.replacing(#/<xmax>\d+/#, with: "<xmax>5")
    XCTAssertNotEqual(moved, text)
    try folder.write(annotation, Data(moved.utf8))
    try Command.fail(
      64, "other labels or names of the pictures", arguments: "train", data, "--out", run, "--epochs", "3",
      "--resume")
    try Command.fail(
      64, "with --cfg the network is that of the configuration", arguments: "train", data, "--cfg", again,
      "--network", "yolov3-tiny", "--out", folder.path("other"))
  }

  /// R-CNN: one file, measured and reported; nothing to resume.
  func testRCNN() throws {
    let data = try AnnotatedSamples.voc(in: folder, splits: ["train": 2, "val": 2])
    let trunk = try Samples.weights(of: "squeezenet1_1", in: folder)
    let run = folder.path("run")
    let outcome = try Command.succeed(
      "train", data, "--network", "rcnn_squeezenet1_1", "--out", run, "--weights", trunk)
    XCTAssertTrue(outcome.output.contains("red, round 1: "), outcome.output)
    let weights = run + "/best.safetensors"
    let measured = try evaluation(data, "--weights", weights)
    XCTAssertEqual(measured["pictures"] as? Int, 2)
    let kept =
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: run + "/evaluation.json"))) as? [String: Any]
    XCTAssertEqual(kept?["classes"] as? NSArray, measured["classes"] as? NSArray)
    try Command.succeed("report", run)
    XCTAssertTrue(
      try String(contentsOfFile: run + "/report.html", encoding: .utf8).contains(
        "rcnn_squeezenet1_1 on squares"))
    try Command.fail(64, "nothing to resume", arguments: "train", data, "--out", run, "--resume")
  }

  /// A class that the training pictures do not show is told at once, and never found.
  func testAnRCNNOfAClassWithoutObjects() throws {
    let data = try AnnotatedSamples.voc(in: folder, splits: ["train": 1, "val": 2])
    let trunk = try Samples.weights(of: "squeezenet1_1", in: folder)
    let run = folder.path("run")
    let outcome = try Command.succeed(
      "train", data, "--network", "rcnn_squeezenet1_1", "--out", run, "--weights", trunk)
    XCTAssertTrue(
      outcome.output.contains("no object to learn from, so never found: red\n"), outcome.output)
    let measured = try evaluation(data, "--weights", run + "/best.safetensors", "--score", "0")
    let classes = try XCTUnwrap(measured["classes"] as? [[String: Any]])
    XCTAssertEqual(classes.map { $0["name"] as? String }, ["blue", "red"])
    XCTAssertEqual(classes[1]["detections"] as? Int, 0)
  }

  /// What does not go together costs one line that says what it is.
  func testMismatches() throws {
    let boxes = try AnnotatedSamples.voc(in: folder, splits: ["train": 1, "val": 1])
    let classes = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let run = folder.path("run")
    func fail(_ code: Int32, _ text: String, _ data: String, _ network: String, _ options: String...) throws {
      let outcome = try Command.run(["train", data, "--network", network, "--out", run] + options)
      XCTAssertEqual(outcome.code, code, outcome.errors)
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      XCTAssertTrue(outcome.errors.contains(text), outcome.errors)
      XCTAssertFalse(FileManager.default.fileExists(atPath: run))
    }
    try fail(64, "pictures with boxes", boxes, "resnet20")
    for data in [classes, "digits"] { try fail(64, "is a detector and needs boxes", data, "yolov3-tiny") }
    try fail(64, "--label-smoothing: of classifiers", boxes, "yolov3-tiny", "--label-smoothing", "0.1")
    try fail(64, "--lambda: of detectors", classes, "resnet20", "--lambda", "1")
    try fail(64, "did you mean fasterrcnn_mobilenet_v2?", boxes, "fasterrcnn_mobilnet_v2")
    try fail(64, "needs the weights of squeezenet1_1", boxes, "rcnn_squeezenet1_1")
    try fail(64, "4 anchors where it has 6", boxes, "yolov3-tiny", "--anchors", "1,2,3,4,5,6,7,8")
    try fail(64, "must be multiples of 32", boxes, "yolov3-tiny", "--size", "100")
    try fail(64, "an anchor of 0.01×1.0 pixels", boxes, "yolov2-tiny", "--anchors", "0.01,1,2,2,3,3,4,4,5,5")
    try fail(
      65, "there is no split 'minival' but train, val", boxes, "yolov3-tiny", "--train-part", "minival")
    try fail(64, "'mosaic' is not for detectors", boxes, "fastrcnn_mobilenet_v2", "--augment", "mosaic")
    try fail(64, "'zoom' is for pictures with boxes", classes, "resnet20", "--augment", "zoom")

    let weights = try Samples.weights(of: "resnet20", in: folder)
    try Command.fail(
      64, "pictures with boxes", arguments: "evaluate", boxes, "--network", "resnet20", "--weights", weights)
    try Command.fail(
      64, "--score: of detectors", arguments: "evaluate", classes, "--network", "resnet20", "--weights",
      weights,
      "--score", "0.1")
    try Command.fail(
      64, "--names: of detectors", arguments: "evaluate", classes, "--network", "resnet20", "--weights",
      weights, "--names", try folder.write("a.names", Data("cat\ndog\n".utf8)))
  }
}
