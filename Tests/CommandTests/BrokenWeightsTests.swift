import Colonnade
import Foundation
import XCTest

/// Weights with numbers that are none: nothing is made of them without a word.
final class BrokenWeightsTests: XCTestCase {
  private var folder: WorkFolder!
  private let words = "gives no finite numbers: its weights may be broken"

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  /// The options of a classifier of two classes whose last bias is no number.
  private func classifier() throws -> [String] {
    let network = try Network("resnet20", classes: 2, seed: 3)
    try XCTUnwrap(network.store["linear.bias"]).value = Tensor(repeating: .nan, shape: [2])
    let path = folder.path("broken.safetensors")
    try network.store.save(to: path)
    return ["--network", "resnet20", "--classes", "2", "--weights", path]
  }

  func testAClassifierIsNotMeasured() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let picture = data + "/val/cat/0.png"
    let weights = try classifier()
    for arguments in [
      ["evaluate", data], ["evaluate", data, "--ten-crop", "--resize", "20", "--crop", "16"],
      ["classify", picture], ["explain", picture],
    ] {
      let outcome = try Command.run(arguments + weights)
      XCTAssertEqual(outcome.code, 65, "\(arguments): \(outcome.errors)")
      XCTAssertEqual(outcome.output, "")
      XCTAssertTrue(outcome.errors.contains(words), "\(arguments): \(outcome.errors)")
    }
  }

  /// `run` is a tool for comparing: it writes what there is, and says so.
  func testARunIsWarned() throws {
    let input = try Samples.tensor([1, 3, 32, 32], in: folder)
    let output = folder.path("logits.safetensors")
    let outcome = try Command.run(["run", "--input", input, "--output", output] + classifier())
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    XCTAssertEqual(outcome.errorLines, ["colonnade: warning: resnet20 \(words)"])
    XCTAssertTrue(try SafetensorsFile(path: output).tensor("output").scalars.allSatisfy(\.isNaN))
  }

  /// To find nothing is something else.
  func testADetectorWithoutNumbersFindsNotNothing() throws {
    let picture = try folder.write("a.png", Samples.png())
    let arguments = try SmallDetector.arguments(in: folder)
    _ = try SmallDetector.weights([.nan, 3, 2], in: folder)
    let outcome = try Command.run(["detect", picture, "--json"] + arguments)
    XCTAssertEqual(outcome.code, 65, outcome.errors)
    XCTAssertTrue(outcome.errors.contains("a.cfg \(words)"), outcome.errors)
    XCTAssertTrue(outcome.output.contains("\"error\"") && !outcome.output.contains("\"detections\""))
  }
}
