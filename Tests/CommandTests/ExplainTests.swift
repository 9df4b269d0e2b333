import Colonnade
import Foundation
import XCTest

final class ExplainTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private func weights() throws -> [String] {
    ["--network", "resnet20", "--weights", try Samples.weights(of: "resnet20", in: folder)]
  }

  private func explain(_ arguments: [String]) throws -> [[String: Any]] {
    let outcome = try Command.run(["explain"] + arguments + ["--json"])
    return try XCTUnwrap(outcome.json() as? [[String: Any]])
  }

  func testEveryMethodWritesAnOverlay() throws {
    let picture = try folder.write("a.png", Samples.png())
    let methods: [(name: String, options: [String])] = [
      ("grad-cam", []), ("saliency", []), ("smoothgrad", ["--steps", "2", "--noise", "0.1", "--seed", "3"]),
      ("integrated-gradients", ["--steps", "3"]), ("occlusion", ["--square", "16"]),
    ]
    for (name, options) in methods {
      let output = folder.path("\(name).png")
      let results = try explain(
        [picture, "--method", name, "--class", "4", "--out", output] + options + weights())
      XCTAssertEqual(results.count, 1)
      XCTAssertEqual(results[0]["method"] as? String, name)
      XCTAssertEqual(results[0]["class"] as? Int, 4)
      XCTAssertEqual(results[0]["label"] as? String, "class 4")
      XCTAssertEqual(results[0]["layer"] as? String, name == "grad-cam" ? "layer3.2" : nil)
      XCTAssertEqual(results[0]["size"] as? [Int], [32, 32])
      XCTAssertEqual(results[0]["baselineLogit"] != nil, name == "integrated-gradients")
      let drawn = try Image(contentsOfFile: output)
      XCTAssertEqual([drawn.width, drawn.height, drawn.channels], [32, 32, 3], name)
    }
  }

  /// The likeliest class is that of `classify`, and numbers in lines are those in JSON.
  func testTheLikeliestClass() throws {
    let picture = try folder.write("a.png", Samples.png())
    let weights = try weights()
    let classified = try Command.run(["classify", picture, "--json", "--top", "1"] + weights)
    let first = try XCTUnwrap((classified.json() as? [[String: Any]])?[0]["predictions"] as? [[String: Any]])
    let result = try explain([picture] + weights)[0]
    XCTAssertEqual(result["class"] as? Int, first[0]["class"] as? Int)
    XCTAssertEqual(
      try XCTUnwrap(result["probability"] as? Double), try XCTUnwrap(first[0]["probability"] as? Double),
      accuracy: 1e-6)
    let line = try Command.run(["explain", picture] + weights).output
    XCTAssertTrue(line.hasPrefix("\(picture)  class "), line)
    XCTAssertTrue(line.contains("grad-cam at layer3.2  most at "), line)
  }

  func testSeveralPicturesAndSheets() throws {
    let pictures = try folder.makeFolder("pictures")
    for name in ["a", "b"] { try folder.write("pictures/\(name).png", Samples.png(20)) }
    try folder.write("pictures/c.png", Data("no picture".utf8))
    let drawn = folder.path("drawn")
    let outcome = try Command.run(
      ["explain", pictures, "--method", "saliency", "--out", drawn] + weights())
    XCTAssertEqual(outcome.output.split(separator: "\n").count, 2, outcome.output)
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: drawn).sorted(), ["a.png", "b.png"])
    let filters = folder.path("filters.png")
    XCTAssertEqual(try Command.run(["explain", "--filters", "--out", filters] + weights()).code, 0)
    XCTAssertEqual(try Image(contentsOfFile: filters).width, 142)
    let maps = folder.path("maps.png")
    let picture = try folder.write("one.png", Samples.png())
    let shown = try Command.run(
      ["explain", picture, "--activations", "layer3", "--out", maps] + weights())
    XCTAssertEqual(shown.code, 0, shown.errors)
    XCTAssertEqual(try Image(contentsOfFile: maps).width, 8 * 58 + 2)
  }

  func testRefusals() throws {
    let picture = try folder.write("a.png", Samples.png())
    let weights = try weights()
    func fails(_ code: Int32, _ text: String, _ arguments: [String]) throws {
      let outcome = try Command.run(["explain"] + arguments + weights)
      XCTAssertEqual(outcome.code, code, outcome.errors)
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      XCTAssertTrue(outcome.errors.contains(text), outcome.errors)
    }
    try fails(64, "knows no such class", [picture, "--class", "zebra"])
    try fails(64, "knows no such class", [picture, "--class", "10"])
    try fails(64, "no module is at 'layer9'", [picture, "--layer", "layer9"])
    try fails(64, "gives [1, 10], no maps", [picture, "--layer", "linear"])
    try fails(64, "--steps: of --method smoothgrad or integrated-gradients", [picture, "--steps", "3"])
    try fails(64, "--layer: of --method grad-cam", [picture, "--method", "saliency", "--layer", "layer1"])
    try fails(64, "missing expected argument", [])
    try fails(64, "takes no picture", [picture, "--filters", "--out", folder.path("x.png")])
    try fails(64, "with --out", ["--filters"])
    try fails(73, "would be lost", [picture, "--out", picture])
  }

  /// By identifier, by one of its names, by number; a name that two classes have is refused with their numbers.
  func testClassesByName() throws {
    let trained = try TrainedNetwork(
      "squeezenet1_1", weights: Samples.weights(of: "squeezenet1_1", in: folder))
    XCTAssertEqual(trained.classes(called: "n01440764"), [0])
    XCTAssertEqual(trained.classes(called: "Tench"), [0])
    XCTAssertEqual(trained.classes(called: "tench, tinca tinca"), [0])
    XCTAssertEqual(trained.classes(called: "999"), [999])
    XCTAssertEqual(trained.classes(called: "1000"), [])
    XCTAssertEqual(trained.classes(called: "crane"), [134, 517])
    XCTAssertEqual(trained.classes(called: ""), [])
  }

  /// A class that is called by a number is meant by it, not the one in that place.
  func testClassesCalledByNumbers() throws {
    let network = try Network("resnet20", classes: 3, seed: 4)
    let card = WeightCard(
      network: "resnet20", classNames: ["1", "2", "x"], inputChannels: 3, inputHeight: 32, inputWidth: 32,
      preprocessing: network.card.preprocessing)
    let weights = folder.path("numbers.safetensors")
    try network.store.save(to: weights, metadata: card.metadata)
    let trained = try TrainedNetwork(weights: weights)
    XCTAssertEqual(trained.classes(called: "1"), [0])
    XCTAssertEqual(trained.classes(called: "2"), [1])
    XCTAssertEqual(trained.classes(called: "0"), [0])
    XCTAssertEqual(trained.classes(called: "3"), [])
  }
}
