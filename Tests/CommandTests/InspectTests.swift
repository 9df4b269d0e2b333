import Colonnade
import Foundation
import XCTest

/// `inspect`: what is in a file, in numbers worked out by hand, and which network it is of.
final class InspectTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private func inspect(_ path: String) throws -> [String: Any] {
    try XCTUnwrap(Command.run(["inspect", path, "--json"]).json() as? [String: Any])
  }

  private func tensor(_ inspection: [String: Any], _ key: String) throws -> [String: Any] {
    try XCTUnwrap((inspection["tensors"] as? [[String: Any]])?.first { $0["key"] as? String == key }, key)
  }

  private func networks(_ inspection: [String: Any]) throws -> [[String: Any]] {
    try XCTUnwrap(inspection["networks"] as? [[String: Any]])
  }

  func testTypesShapesAndStatistics() throws {
    let inspection = try inspect(Fixture.safetensors)
    XCTAssertEqual(inspection["format"] as? String, "safetensors")
    XCTAssertEqual(inspection["metadata"] as? [String: String], ["made by": "safetensors"])
    XCTAssertEqual(inspection["file"] as? String, Fixture.safetensors)
    // Of finite elements: 0, −0, 1, −2.5, 65504, 6e-8, 0.1, each as its type holds it.
    for (key, type, finite) in [
      ("half", "F16", [0, 0, 1, -2.5, 65504, 0x1p-24, 0x1.998p-4]),
      ("brain", "BF16", [0, 0, 1, -2.5, 65536, 0x1.02p-24, 0x1.9ap-4]),
      ("single", "F32", [0, 0, 1, -2.5, 65504, Double(Float(6e-8)), Double(Float(0.1))]),
      ("double", "F64", [0, 0, 1, -2.5, 65504, 6e-8, 0.1]),
    ] {
      let tensor = try tensor(inspection, key)
      XCTAssertEqual(tensor["type"] as? String, type)
      XCTAssertEqual(tensor["shape"] as? [Int], key == "single" ? [2, 5] : [10])
      let statistics = try XCTUnwrap(tensor["statistics"] as? [String: Any])
      XCTAssertEqual(statistics["min"] as? String, "-Infinity", key)
      XCTAssertEqual(statistics["max"] as? String, "Infinity", key)
      XCTAssertEqual(statistics["nan"] as? Int, 1, key)
      XCTAssertEqual(statistics["infinite"] as? Int, 2, key)
      let mean = finite.reduce(0, +) / 7
      let deviation = (finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 7).squareRoot()
      XCTAssertEqual(try XCTUnwrap(statistics["mean"] as? Double), mean, accuracy: 1e-9 * mean, key)
      XCTAssertEqual(try XCTUnwrap(statistics["std"] as? Double), deviation, accuracy: 1e-9 * deviation, key)
    }
    for (key, type, shape, least, greatest, mean) in [
      ("int", "I32", [2], -5.0, 6.0, 0.5), ("byte", "U8", [3], 0, 255, 86), ("bool", "BOOL", [2], 0, 1, 0.5),
      ("scalar", "F32", [], 3.5, 3.5, 3.5),
    ] {
      let tensor = try tensor(inspection, key)
      XCTAssertEqual(tensor["type"] as? String, type)
      XCTAssertEqual(tensor["shape"] as? [Int], shape, key)
      let statistics = try XCTUnwrap(tensor["statistics"] as? [String: Any])
      XCTAssertEqual(statistics["min"] as? Double, least, key)
      XCTAssertEqual(statistics["max"] as? Double, greatest, key)
      XCTAssertEqual(statistics["mean"] as? Double, mean, key)
    }
    let empty = try XCTUnwrap(tensor(inspection, "empty")["statistics"] as? [String: Any])
    XCTAssertEqual(empty as? [String: Int], ["nan": 0, "infinite": 0])
    XCTAssertNil(try tensor(inspection, "short")["statistics"], "I16 is not computed with")
  }

  func testEveryFormatIsNamed() throws {
    for (path, format) in [
      (Fixture.checkpoint("state.pth"), "PyTorch checkpoint (zip)"),
      (Fixture.checkpoint("types_legacy.th"), "PyTorch checkpoint (legacy)"),
      (Fixture.numpy("deflated.npz"), "NumPy"), (Fixture.numpy("version3.npy"), "NumPy"),
    ] {
      XCTAssertEqual(try inspect(path)["format"] as? String, format)
    }
    let array = try XCTUnwrap(
      tensor(inspect(Fixture.numpy("deflated.npz")), "f8_fortran")["statistics"] as? [String: Any])
    XCTAssertEqual(array["min"] as? Double, -20)
    XCTAssertEqual(array["max"] as? Double, 49)
    XCTAssertEqual(array["mean"] as? Double, 14.5)
    let others = try inspect(Fixture.checkpoint("wrapped_state_dict.pth"))["others"] as? [String: String]
    XCTAssertEqual(others?["best"], "91.5")
    XCTAssertEqual(others?["optimizer"], "a dict")
  }

  func testTableForPeople() throws {
    let lines = try Command.succeed("inspect", Fixture.checkpoint("crafted.pth")).output.split(
      separator: "\n")
    func words(_ line: Substring) -> [String] { line.split(separator: " ").map(String.init) }
    XCTAssertEqual(
      words(lines[0]), ["key", "type", "shape", "min", "max", "mean", "std", "not", "finite"])
    // 1, 2, 3, 4: the deviation is √1.25.
    XCTAssertEqual(words(lines[1]), ["w", "F32", "[2,", "2]", "1", "4", "2.5", "1.118", "0"])
    XCTAssertEqual(lines[2], "PyTorch checkpoint (zip): 1 tensor, 4 elements")
    XCTAssertEqual(lines[3], "fits no known network")
    XCTAssertEqual(lines.count, 4)
    XCTAssertFalse(lines.joined().contains("\u{1B}"), "a pipe gets no colours")

    let wrapped = try Command.succeed("inspect", Fixture.checkpoint("wrapped_state_dict.pth")).output
    XCTAssertTrue(wrapped.contains("beside them: best (91.5), done (False), epoch (3)"), wrapped)
  }

  func testTheNetworkThatFits() throws {
    let weights = try Samples.weights(of: "resnet20", classes: 7, in: folder)
    let fit = try networks(inspect(weights))
    XCTAssertEqual(fit.map { $0["network"] as? String }, ["resnet20"])
    XCTAssertEqual(fit[0]["fits"] as? Bool, true)
    XCTAssertEqual(fit[0]["classes"] as? Int, 7)
    XCTAssertEqual(fit[0]["input_channels"] as? Int, 3)
    XCTAssertEqual(fit[0]["auxiliary_heads"] as? Bool, false)
    XCTAssertEqual(fit[0]["agreement"] as? Double, 1)
    XCTAssertEqual(fit[0]["misfits"] as? [String], [])
    let shown = try Command.succeed("inspect", weights).output
    XCTAssertTrue(shown.contains("\nfits resnet20, 7 classes, 3 input channels\n"), shown)

    // As PyTorch published it, with the heads; converted, it is still known.
    let published = Fixture.checkpoint("googlenet_keys.th")
    let lines = try Command.succeed("inspect", published).output.split(separator: "\n")
    XCTAssertEqual(
      lines.last, "fits googlenet, 1,000 classes, 3 input channels, with auxiliary heads")
    let half = folder.path("half.safetensors")
    try Command.succeed("convert", published, half, "--to", "f16")
    XCTAssertEqual(try networks(inspect(half)).map { $0["network"] as? String }, ["googlenet"])
  }

  func testTheClosestNetworkAndWhatKeepsItFromLoading() throws {
    let renamed = try Samples.weights(of: "resnet20", in: folder) {
      $0 == "linear.weight" ? "fc.weight" : $0
    }
    let fit = try networks(inspect(renamed))
    XCTAssertEqual(fit.map { $0["network"] as? String }, ["resnet20"])
    XCTAssertEqual(fit[0]["fits"] as? Bool, false)
    XCTAssertEqual(
      fit[0]["misfits"] as? [String],
      ["linear.weight [10, 64] is missing", "fc.weight [10, 64] is not expected"])
    let shown = try Command.succeed("inspect", renamed).output
    XCTAssertTrue(
      shown.contains("fits no known network; closest is resnet20 (98 % of the keys): linear.weight"), shown)
  }

  /// A file that is called like a published one.
  func testPublishedNames() throws {
    let named = try folder.write(
      "resnet18-f37072fd.pth", Data(contentsOf: URL(filePath: Fixture.checkpoint("state.pth"))))
    let published = try XCTUnwrap(inspect(named)["published"] as? [String: Any])
    XCTAssertEqual(published["name"] as? String, "resnet18-f37072fd.pth")
    XCTAssertEqual(published["digest_agrees"] as? Bool, false)
    let shown = try Command.succeed("inspect", named).output
    XCTAssertTrue(shown.contains("checksum differs: not that file"), shown)
    XCTAssertNil(try inspect(Fixture.checkpoint("state.pth"))["published"])
  }

  /// Keys come from outside: what would move a terminal's cursor is shown as text.
  func testControlCharactersInKeysAreEscaped() throws {
    let path = folder.path("odd.safetensors")
    try Safetensors.write([("a\u{1B}[2Jb\nc", Tensor([1], shape: [1]))], to: path)
    let shown = try Command.succeed("inspect", path).output
    XCTAssertFalse(shown.contains("\u{1B}"))
    XCTAssertTrue(shown.contains(#"a\u{1B}[2Jb\nc"#), shown)
    XCTAssertEqual(
      (try inspect(path)["tensors"] as? [[String: Any]])?.map { $0["key"] as? String }, ["a\u{1B}[2Jb\nc"])
  }
}
