import Engine
import Foundation
import Images
import Models
import TestSupport
import XCTest

/// Faster R-CNN over ResNet-50 with a feature pyramid at its full width, on a picture of odd size: what torchvision finds in
/// float64 with the same weights, frozen batch norms with an ε of 0 as its detectors for COCO have. Written by
/// `scripts/goldens/topics/detection.py`.
final class FasterRCNNGoldenTests: XCTestCase {
  private struct Golden: Decodable {
    let height, width, shorterSide, longestSide, classes: Int
    let background: Float
    let tensors: Int
    let keys: String
    let parameters: Int
    let boxes, scores: [Double]
    let labels: [Int]
  }

  private func detector(_ golden: Golden) throws -> FasterRCNN {
    var options = FasterRCNNOptions()
    (options.shorterSide, options.longestSide) = (golden.shorterSide, golden.longestSide)
    return try FasterRCNN(
      classes: (0..<golden.classes).map { "\($0)" }, backbone: .resNet50Pyramid(epsilon: 0), options: options,
      initializes: false)
  }

  /// All keys with their shapes in files; counters, which frozen batch norms have no use for, left out.
  func testKeys() throws {
    let golden = try Fixture.decode(Golden.self, "faster_rcnn")
    let detector = try detector(golden)
    let lines = detector.store.all.filter { $0.role != .counter }
      .map { "\($0.name) \($0.layout.fileShape($0.shape))" }.sorted()
    XCTAssertEqual(lines.count, golden.tensors)
    let hash = lines.joined(separator: "\n").utf8
      .reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    XCTAssertEqual(
      String(repeating: "0", count: 16 - digits.count) + digits, golden.keys, lines.joined(separator: "\n"))
    XCTAssertEqual(detector.store.parameterCount, golden.parameters)
  }

  /// The same objects in the same order, boxes within 0.05 pixels, scores within 10⁻⁴.
  func testFindsWhatTorchvisionFinds() throws {
    let golden = try Fixture.decode(Golden.self, "faster_rcnn")
    let detector = try detector(golden)
    detector.store.fillAsDetector(background: golden.background)
    let picture = Image(
      width: golden.width, height: golden.height,
      pixels: goldenPictureBytes(height: golden.height, width: golden.width, label: "detector"))
    let found = try detector.detect(in: [picture], DetectionOptions())[0]
    XCTAssertGreaterThan(golden.labels.count, 20)
    XCTAssertEqual(found.map(\.label), golden.labels)
    assertClose(found.map(\.score), golden.scores, absolute: 1e-4, relative: 0)
    assertClose(
      found.flatMap { [$0.box.left, $0.box.top, $0.box.right, $0.box.bottom] }, golden.boxes, absolute: 0.05,
      relative: 0)
  }
}
