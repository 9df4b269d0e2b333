import Colonnade
import Foundation
import XCTest

/// `--scaled-decoding` of `train` and `evaluate`.
final class ScaledDecodingCommandTests: XCTestCase {
  private var folder: WorkFolder!
  private var data: String!

  /// JPEGs four times as large as the network's pictures, a folder a class.
  override func setUpWithError() throws {
    folder = try WorkFolder()
    var generator = RandomStream(seed: 2)
    for part in ["train", "val"] {
      for name in ["cat", "dog"] {
        for index in 0..<3 {
          let tone = Float(name == "cat" ? 60 : 130)
          let pixels = (0..<150 * 131 * 3).map { _ in UInt8(tone + generator.uniform(0, 90)) }
          let image = Image(width: 150, height: 131, pixels: pixels)
          try folder.write("data/\(part)/\(name)/\(index).jpg", image.jpegData(quality: 90))
        }
      }
    }
    data = folder.path("data")
  }

  override func tearDown() { folder = nil }

  private func train(_ run: String, _ options: String...) throws -> Command.Outcome {
    try Command.run(
      ["train", data, "--out", folder.path(run)] + options
        + (options.contains("--resume")
          ? [] : ["--network", "resnet20", "--size", "32", "--batch", "3", "--schedule", "constant"]))
  }

  private func weights(_ run: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: folder.path(run) + "/last.safetensors"))
  }

  private func options(_ run: String) throws -> DataOptions? {
    try RunDirectory(URL(fileURLWithPath: folder.path(run))).readDescription().dataOptions
  }

  /// It belongs to the run: kept with it, gone on with to the same bits, and not to be changed.
  func testARunIsResumedAsItWas() throws {
    let recipe = try folder.write("recipe.yaml", Data("scaled-decoding: true\naugment: [flip]\n".utf8))
    for (run, options) in [
      ("whole", ["--epochs", "2", "--augment", "flip"]),
      ("scaled", ["--epochs", "2", "--augment", "flip", "--scaled-decoding"]),
    ] {
      let outcome = try Command.run(
        [
          "train", data, "--out", folder.path(run), "--network", "resnet20", "--size", "32", "--batch", "3",
          "--schedule", "constant",
        ] + options)
      XCTAssertEqual(outcome.code, 0, outcome.errors)
    }
    XCTAssertNil(try options("whole"))
    XCTAssertEqual(try options("scaled")?.scaledDecoding, true)
    XCTAssertNotEqual(try weights("scaled"), try weights("whole"))

    let first = try train("two", "--epochs", "1", "--recipe", recipe)
    XCTAssertEqual(first.code, 0, first.errors)
    XCTAssertEqual(try options("two")?.scaledDecoding, true)
    let second = try train("two", "--epochs", "2", "--resume")
    XCTAssertEqual(second.code, 0, second.errors)
    XCTAssertEqual(try weights("two"), try weights("scaled"))
    let again = try train("two", "--epochs", "2", "--resume", "--scaled-decoding")
    XCTAssertEqual(again.code, 0, again.errors)

    try Command.fail(
      64, "--scaled-decoding", "can only go on as it was", arguments: "train", data, "--out",
      folder.path("whole"), "--epochs", "3", "--resume", "--scaled-decoding")
    XCTAssertNil(try options("whole"))
  }

  func testEvaluation() throws {
    let network = try Network("resnet20", classes: 2, seed: 4)
    var preprocessing = network.card.preprocessing
    preprocessing.resize = .shorterSide(32)
    preprocessing.crop = 32
    let card = WeightCard(
      network: "resnet20", classNames: ["cat", "dog"], inputChannels: 3, inputHeight: 32, inputWidth: 32,
      preprocessing: preprocessing)
    let file = folder.path("two.safetensors")
    try network.store.save(to: file, metadata: card.metadata)
    func loss(_ options: [String]) throws -> Double? {
      let outcome = try Command.run(["evaluate", data, "--weights", file, "--json"] + options)
      return (try outcome.json() as? [String: Any])?["loss"] as? Double
    }
    let (whole, scaled) = (try XCTUnwrap(loss([])), try XCTUnwrap(loss(["--scaled-decoding"])))
    XCTAssertNotEqual(whole, scaled)
    XCTAssertEqual(whole, scaled, accuracy: 0.5 * whole)
    // At 100 pixels all of a picture is needed.
    XCTAssertEqual(
      try loss(["--resize", "100", "--crop", "32"]),
      try loss(["--resize", "100", "--crop", "32", "--scaled-decoding"]))
    for option in [["--ten-crop"], ["--scales", "40"], ["--robustness"]] {
      let outcome = try Command.run(["evaluate", data, "--weights", file, "--scaled-decoding"] + option)
      XCTAssertEqual(outcome.code, 64, "\(option)")
      XCTAssertTrue(outcome.errors.contains("--scaled-decoding"), outcome.errors)
    }
  }

  func testWhatHasNoUseForIt() throws {
    let run = folder.path("run")
    try Command.fail(
      64, "--scaled-decoding", "digits", arguments: "train", "digits", "--network", "resnet20", "--out", run,
      "--scaled-decoding")
    try Command.fail(
      64, "--scaled-decoding", "is a detector", arguments: "train", data, "--network", "yolov3-tiny", "--out",
      run, "--scaled-decoding")
    let weights = try SmallDetector.weights(in: folder)
    try Command.fail(
      64, "--scaled-decoding", "detector", arguments: "evaluate", data, "--network", "yolov3-tiny",
      "--weights", weights, "--scaled-decoding")
    XCTAssertFalse(FileManager.default.fileExists(atPath: run))
  }
}
