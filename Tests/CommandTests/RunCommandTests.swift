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

  /// The same batch in every format that is read: the same bits come out.
  func testInputsOfEveryFormat() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let planes = try Samples.tensor([2, 3, 32, 32], in: folder)
    let tensor = try SafetensorsFile(path: planes).tensor("input")
    func run(_ input: String, _ options: String...) throws -> [Float] {
      let outcome = try Command.run(
        ["run", "--network", "resnet20", "--weights", weights, "--input", input, "--output"]
          + [folder.path("logits")] + options)
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      return try output("logits").scalars
    }
    let expected = try run(planes)
    XCTAssertEqual(expected.count, 20)
    XCTAssertEqual(try run(folder.write("batch.npy", NumPy.array(tensor))), expected)
    let rows = folder.path("rows.npy")
    try folder.write("rows.npy", NumPy.array(tensor.permuted([0, 2, 3, 1])))
    XCTAssertEqual(try run(rows, "--layout", "nhwc"), expected)
    // Doubles that are singles, and column-major order.
    XCTAssertEqual(try run(folder.write("double.npy", NumPy.array(tensor, type: "<f8"))), expected)
    let columns = tensor.permuted([3, 2, 1, 0])
    XCTAssertEqual(
      try run(folder.write("fortran.npy", NumPy.array(columns, columnMajorOf: tensor.shape))), expected)
  }

  func testNumPyInputThatDoesNotFit() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let flat = try folder.write("flat.npy", NumPy.array(Tensor(zeros: [3, 32, 32])))
    let deep = try folder.write("deep.npy", NumPy.array(Tensor(zeros: [1, 4, 32, 32])))
    for (input, text) in [
      (flat, "input is [3, 32, 32], not [N, C, H, W]"), (deep, "[1, 4, 32, 32]"),
      (Fixture.numpy("stored.npz"), "of its 27 tensors none is called input: "),
      (Fixture.numpy("bad_object.npy"), "'|O' are not read"),
    ] {
      try Command.fail(
        65, input, text, arguments: "run", "--network", "resnet20", "--weights", weights, "--input", input,
        "--output", folder.path("logits"))
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path("logits")))
  }

  /// The published ResNet-20 from PyTorch's own file, and from its conversion, at single precision and half.
  func testWeightsFromPyTorch() throws {
    let checkpoint = try SharedData.path("weights/resnet20_cifar10.th")
    let input = try Samples.tensor([2, 3, 32, 32], in: folder)
    func run(_ weights: String) throws -> [Float] {
      try Command.succeed(
        "run", "--network", "resnet20", "--weights", weights, "--input", input, "--output",
        folder.path("logits"))
      return try output("logits").scalars
    }
    let expected = try run(checkpoint)
    let (single, half) = (folder.path("single"), folder.path("half"))
    try Command.succeed("convert", checkpoint, single)
    try Command.succeed("convert", checkpoint, half, "--to", "f16")
    XCTAssertEqual(try run(single), expected)
    let largest = expected.map(abs).max()!
    for (a, e) in zip(try run(half), expected) { XCTAssertEqual(a, e, accuracy: 0.01 * largest) }
    XCTAssertNotEqual(try run(half), expected)
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
