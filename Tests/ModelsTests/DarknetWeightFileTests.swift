import Engine
import Foundation
import Models
import TestSupport
import XCTest

/// Darknet's weight files, good and broken.
final class DarknetWeightFileTests: DarknetTestCase {
  private let tiny =
    "[net]\nheight=4\nwidth=4\n[convolutional]\nfilters=2\nsize=1\n[convolutional]\nfilters=3\nsize=1\n"

  func testCountsOfNumbersMustAgree() throws {
    let network = try network(tiny)
    let good = numbers(8 + 9, seed: 4)
    try network.load(DarknetWeightFile(path: file(good)))
    let before = network.modules().flatMap { $0.module.parameters }.flatMap { $0.value.scalars }
    for count in [0, 16, 18] {
      let path = try file(numbers(count, seed: 5))
      XCTAssertThrowsError(try network.load(DarknetWeightFile(path: path))) { error in
        XCTAssertEqual(error as? WeightFileError, .wrongCount(file: path, elements: count, network: 17))
        XCTAssertEqual("\(error)", "\(path): holds \(count) numbers where the network has 17")
      }
    }
    XCTAssertEqual(network.modules().flatMap { $0.module.parameters }.flatMap { $0.value.scalars }, before)
  }

  /// A trunk's numbers alone.
  func testLoadsSomeLayers() throws {
    let network = try network(tiny)
    let good = numbers(20, seed: 4)
    XCTAssertEqual(try network.load(DarknetWeightFile(path: file(good)), layers: 1), 12)
    let parameters = network.modules().flatMap { $0.module.parameters }
    XCTAssertEqual(
      parameters.map(\.name),
      ["layers.0.conv.weight", "layers.0.conv.bias", "layers.1.conv.weight", "layers.1.conv.bias"])
    XCTAssertEqual(parameters[1].value.scalars, Array(good[0..<2]))
    XCTAssertEqual(parameters[3].value.scalars, [0, 0, 0])
    let path = try file(numbers(7, seed: 1))
    XCTAssertThrowsError(try network.load(DarknetWeightFile(path: path), layers: 1)) {
      XCTAssertEqual($0 as? WeightFileError, .wrongCount(file: path, elements: 7, network: 8))
    }
  }

  func testBrokenFiles() throws {
    func assertMalformed(_ path: String, _ part: String, line: UInt = #line) {
      XCTAssertThrowsError(try DarknetWeightFile(path: path), line: line) { error in
        guard case .malformed(path, nil, let reason)? = error as? WeightFileError else {
          return XCTFail("\(error)", line: line)
        }
        XCTAssertTrue(reason.contains(part), reason, line: line)
      }
    }
    assertMalformed(try file([1, 2], tail: 3), "3 bytes are left after the last of 2 numbers")
    assertMalformed(try file([], version: [-1, 2, 0]), "its version would be -1.2")
    assertMalformed(try file([], version: [0, 70_000, 0]), "0.70000")
    let short = folder.appending(path: "short.weights")
    for count in [0, 3, 12, 19] {
      try Data([0, 0, 0, 0, 2] + [UInt8](repeating: 0, count: 15)).prefix(count).write(to: short)
      assertMalformed(short.path, "darknet's header")
    }
    XCTAssertThrowsError(try DarknetWeightFile(path: folder.path))
  }

  /// Told apart from others by content.
  func testFormats() throws {
    XCTAssertTrue(try DarknetWeightFile.isOne(file(numbers(3, seed: 1))))
    let store = ParameterStore(seed: 1)
    _ = Conv2d(store.scope["layers"][0]["conv"], from: 3, to: 2, kernel: 1)
    let path = folder.appending(path: "a.safetensors").path
    try store.save(to: path)
    XCTAssertFalse(try DarknetWeightFile.isOne(path))
    let text = folder.appending(path: "a.txt")
    try Data("some text, but no weights".utf8).write(to: text)
    XCTAssertFalse(try DarknetWeightFile.isOne(text.path))
  }
}
