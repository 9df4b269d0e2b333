import Colonnade
import Foundation
import XCTest

final class RunCommandTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private func output(_ name: String) throws -> Tensor {
    try SafetensorsFile(path: folder.path(name)).tensor("output")
  }

  func testWritesTheLogitsOfTheLibrary() throws {
    let network = try Network("resnet20", seed: 3)
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let input = try Samples.tensor([2, 3, 32, 32], in: folder)
    let report = try XCTUnwrap(
      Command.run([
        "run", "--network", "resnet20", "--weights", weights, "--input", input, "--output",
        folder.path("logits.safetensors"), "--threads", "1", "--repeat", "3", "--json",
      ]).json() as? [String: Any])

    let batch = try SafetensorsFile(path: input).tensor("input").permuted([0, 2, 3, 1])
    let expected = try network.logits(batch)
    let logits = try output("logits.safetensors")
    XCTAssertEqual(logits.shape, [2, 10])
    // The same program on the same machine: the same bits.
    XCTAssertEqual(logits.scalars, expected.scalars)

    XCTAssertEqual(report["network"] as? String, "resnet20")
    XCTAssertEqual(report["batch"] as? Int, 2)
    XCTAssertEqual(report["threads"] as? Int, 1)
    XCTAssertEqual(report["repeat"] as? Int, 3)
    let times = try ["min_ms", "median_ms", "max_ms"].map { try XCTUnwrap(report[$0] as? Double) }
    XCTAssertEqual(times, times.sorted())
    XCTAssertGreaterThan(times[0], 0)
  }

  func testLayouts() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let planes = try Samples.tensor([1, 3, 40, 32], in: folder)
    let pixels = folder.path("pixels.safetensors")
    let tensor = try SafetensorsFile(path: planes).tensor("input").permuted([0, 2, 3, 1])
    try Safetensors.write([("input", tensor)], to: pixels)
    try Command.succeed(
      "run", "--network", "resnet20", "--weights", weights, "--input", planes, "--output", folder.path("a"))
    try Command.succeed(
      "run", "--network", "resnet20", "--weights", weights, "--input", pixels, "--output", folder.path("b"),
      "--layout", "nhwc")
    XCTAssertEqual(try output("a").scalars, try output("b").scalars)
  }

  func testReplacesAnEarlierOutput() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let input = try Samples.tensor([1, 3, 32, 32], in: folder)
    let path = try folder.write("logits", Data("an earlier one".utf8))
    try Command.succeed(
      "run", "--network", "resnet20", "--weights", weights, "--input", input, "--output", path)
    XCTAssertEqual(try output("logits").shape, [1, 10])
  }

  /// torchvision's file of GoogLeNet has the auxiliary heads' keys.
  func testAuxiliaryHeadsAreLeftUnused() throws {
    let weights = try Samples.weights(of: "googlenet", classes: 10, auxiliary: true, in: folder)
    let input = try Samples.tensor([1, 3, 64, 64], in: folder)
    let outcome = try Command.succeed(
      "run", "--network", "googlenet", "--weights", weights, "--classes", "10", "--input", input, "--output",
      folder.path("logits"))
    XCTAssertTrue(outcome.errors.contains("auxiliary heads are left unused"), outcome.errors)
    XCTAssertEqual(try output("logits").shape, [1, 10])
  }
}
