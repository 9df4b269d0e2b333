import Colonnade
import Foundation
import XCTest

final class ClassifyTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private func classify(_ arguments: [String]) throws -> [[String: Any]] {
    try XCTUnwrap(Command.run(["classify"] + arguments + ["--json"]).json() as? [[String: Any]])
  }

  func testShapeOfJSON() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let picture = try folder.write("a.jpg", Samples.jpeg)
    let results = try classify([picture, "--network", "resnet20", "--weights", weights, "--top", "3"])
    XCTAssertEqual(results.count, 1)
    XCTAssertEqual(Set(results[0].keys), ["file", "predictions"])
    XCTAssertEqual(results[0]["file"] as? String, picture)
    let predictions = try XCTUnwrap(results[0]["predictions"] as? [[String: Any]])
    XCTAssertEqual(predictions.count, 3)
    for prediction in predictions {
      XCTAssertEqual(Set(prediction.keys), ["class", "label", "probability"])
      let label = try XCTUnwrap(prediction["class"] as? Int)
      XCTAssertTrue(0..<10 ~= label)
      XCTAssertEqual(prediction["label"] as? String, "class \(label)")
    }
    let probabilities = predictions.map { $0["probability"] as! Double }
    XCTAssertEqual(probabilities, probabilities.sorted(by: >))
  }

  func testLabelsFromAFile() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let picture = try folder.write("a.jpg", Samples.jpeg)
    let labels = try folder.write("labels", Data((0..<10).map { "thing \($0)\n" }.joined().utf8))
    let results = try classify([
      picture, "--network", "resnet20", "--weights", weights, "--labels", labels, "--top", "10",
    ])
    for prediction in try XCTUnwrap(results[0]["predictions"] as? [[String: Any]]) {
      XCTAssertEqual(prediction["label"] as? String, "thing \(prediction["class"] as! Int)")
    }
  }

  /// What version 0.1 wrote into weights, before they said more of themselves.
  func testACardOfAnEarlierVersion() throws {
    let network = try Network("resnet20", classes: 2, inputChannels: 1, seed: 3)
    let card = """
      {"auxiliary":false,"classNames":["cat","dog"],"inputChannels":1,"inputHeight":8,"inputWidth":8,"network":"resnet20",\
      "preprocessing":{"interpolation":"bilinear","mean":[0.3059],"resize":{"none":{}},"standardDeviation":[0.3763]}}
      """
    let weights = folder.path("earlier.safetensors")
    try network.store.save(to: weights, metadata: ["colonnade": card, "format": "pt"])
    let picture = try folder.write("a.png", Samples.png(8))
    let predictions = try XCTUnwrap(
      classify([picture, "--weights", weights])[0]["predictions"] as? [[String: Any]])
    XCTAssertEqual(Set(predictions.map { $0["label"] as? String }), ["cat", "dog"])
    let own = Preprocessing(resize: .none, mean: [0.3059], standardDeviation: [0.3763])
    let expected = try Classifier(network, preprocessing: own).classify(Image(contentsOfFile: picture))
    XCTAssertEqual(
      try XCTUnwrap(predictions[0]["probability"] as? Double), Double(expected[0].probability), accuracy: 1e-6
    )
  }

  func testLinesInAPipe() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let pictures = [try folder.write("a.jpg", Samples.jpeg), try folder.write("longer.png", Samples.png())]
    let outcome = try Command.run(
      ["classify"] + pictures + ["--network", "resnet20", "--weights", weights, "--top", "2"])
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    XCTAssertEqual(lines.map { $0[0] }, [pictures[0], pictures[0], pictures[1], pictures[1]])
    for line in lines {
      XCTAssertNotNil(Int(line[1]))
      XCTAssertTrue(0...1 ~= (Double(line[2]) ?? -1))
    }
    XCTAssertFalse(outcome.output.contains("\u{1B}"), "a pipe gets no colours")
  }

  func testBarsOnATerminal() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let picture = try folder.write("a.jpg", Samples.jpeg)
    let arguments = ["classify", picture, "--network", "resnet20", "--weights", weights]
    let environment = ["TERM": "xterm", "NO_COLOR": ""]
    let shown = try PseudoTerminal.show(arguments, environment: environment)
    XCTAssertTrue(shown.contains("\u{1B}["), shown)
    XCTAssertTrue(shown.contains(" %"), shown)
    let plain = try PseudoTerminal.show(arguments, environment: ["TERM": "xterm", "NO_COLOR": "1"])
    XCTAssertFalse(plain.contains("\u{1B}"), plain)
  }

  /// Real weights on real photographs, against torchvision with Pillow.
  func testPhotographsAgreeWithTorchvision() throws {
    try assertTorchvisions("squeezenet1_1", SharedData.path("weights/squeezenet1_1.safetensors"))
  }

  func testMobileNetsPublishedFileAgreesWithTorchvision() throws {
    try assertTorchvisions(
      "mobilenet_v2", SharedData.path("weights/mobilenet_v2/mobilenet_v2-b0353104.pth"))
  }

  private func assertTorchvisions(_ network: String, _ weights: String) throws {
    let pictures = URL(filePath: try SharedData.path("pictures"))
    let expected = try XCTUnwrap(
      JSONSerialization.jsonObject(
        with: Data(contentsOf: pictures.appendingPathComponent("expected_\(network).json")))
        as? [String: [String: Any]])
    XCTAssertFalse(expected.isEmpty)
    let names = expected.keys.sorted()
    let results = try classify(
      names.map { pictures.appendingPathComponent($0).path } + [
        "--network", network, "--weights", weights,
      ])
    XCTAssertEqual(results.count, names.count)
    for (name, result) in zip(names, results) {
      let predictions = try XCTUnwrap(result["predictions"] as? [[String: Any]])
      let top5 = try XCTUnwrap(expected[name]?["top5"] as? [[Any]])
      XCTAssertEqual(predictions.map { $0["class"] as? Int }, top5.map { $0[0] as? Int }, name)
      XCTAssertEqual(predictions.map { $0["label"] as? String }, top5.map { $0[1] as? String }, name)
      for (prediction, row) in zip(predictions, top5) {
        let probability = try XCTUnwrap(prediction["probability"] as? Double)
        XCTAssertEqual(probability, try XCTUnwrap(row[2] as? Double), accuracy: 1e-3, name)
      }
    }
  }
}
