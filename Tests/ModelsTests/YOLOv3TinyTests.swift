import Engine
import Foundation
import Images
import Models
import TestSupport
import XCTest

/// YOLOv3-tiny with its published weights on photographs, against `scripts/goldens/topics/darknet.py`.
final class YOLOv3TinyTests: XCTestCase {
  private struct Case: Decodable {
    struct Object: Decodable {
      let label: Int
      let score: Double
      let box: [Double]
    }

    let picture: String
    let input, coarse, fine: [Double]
    let detections: [Object]
  }

  private func path(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).appending(path: "../../..").standardized
    let data =
      ProcessInfo.processInfo.environment["COLONNADE_DATA"].map { URL(filePath: $0) }
      ?? root.appending(path: "../shared/data").standardized
    let path = data.appending(path: name).path
    guard FileManager.default.fileExists(atPath: path) else { throw XCTSkip("\(path) is not there") }
    return path
  }

  private func cases() throws -> [Case] {
    let url = Bundle.module.url(forResource: "yolov3_tiny", withExtension: "json", subdirectory: "Fixtures")!
    return try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
  }

  private func detector() throws -> YOLODetector {
    let path = try path("weights/yolov3-tiny.weights")
    let detector = try DetectorRegistry.standard.card(named: "yolov3-tiny").detector()
    try detector.load(weights: path)
    return try XCTUnwrap(detector as? YOLODetector)
  }

  /// The header, and every number used.
  func testWeightFile() throws {
    let file = try DarknetWeightFile(path: path("weights/yolov3-tiny.weights"))
    XCTAssertEqual(file.version.major, 0)
    XCTAssertEqual(file.version.minor, 2)
    XCTAssertEqual(file.seen, 32_013_312)
    XCTAssertEqual(file.count, 8_858_734)
    XCTAssertTrue(try DarknetWeightFile.isOne(file.path))
  }

  /// Raw outputs of both heads, the letterboxed picture, and what is found.
  func testAgainstTheReference() throws {
    let detector = try detector()
    for golden in try cases() {
      let image = try Image(contentsOfFile: path("pictures/\(golden.picture)"))
      let x = detector.preparation.input(of: image)
      assertClose(sample(x, golden.picture + ".input", golden.input.count), golden.input, absolute: 1e-5)
      let maps = detector.network(x, .inference()).maps
      XCTAssertEqual(maps.map(\.shape), [[1, 13, 13, 255], [1, 26, 26, 255]])
      for (map, name, expected) in [(maps[0], "coarse", golden.coarse), (maps[1], "fine", golden.fine)] {
        assertClose(
          sample(map, "\(golden.picture).\(name)", expected.count), expected, absolute: 1e-3, relative: 0,
          "\(golden.picture) \(name)")
      }
      let found = try detector.detect(in: [image], DetectionOptions(score: 0.25))[0]
      XCTAssertEqual(found.map(\.label), golden.detections.map(\.label), golden.picture)
      assertClose(found.map(\.score), golden.detections.map(\.score), absolute: 1e-3, relative: 0)
      assertClose(
        found.flatMap { [$0.box.left, $0.box.top, $0.box.right, $0.box.bottom] },
        golden.detections.flatMap(\.box), absolute: 0.05, relative: 0)
    }
  }

  /// At darknet's own threshold.
  func testFindsWhatPicturesShow() throws {
    let detector = try detector()
    let expected: [(picture: String, labels: [Set<String>])] = [
      ("dog.jpg", [["dog"], ["bicycle"], ["car", "truck"]]),
      ("person.jpg", [["person"], ["dog"], ["horse"]]),
      ("horses.jpg", [["horse"]]), ("eagle.jpg", [["bird"]]),
    ]
    for (picture, labels) in expected {
      let image = try Image(contentsOfFile: path("pictures/\(picture)"))
      let found = try detector.detect(in: [image], DetectionOptions(score: 0.25))[0]
      XCTAssertEqual(found.map(\.score), found.map(\.score).sorted(by: >))
      let names = Set(found.map { detector.classes[$0.label] })
      for wanted in labels { XCTAssertFalse(names.isDisjoint(with: wanted), "\(picture): \(names)") }
      for detection in found {
        XCTAssertEqual(detection.box, detection.box.clipped(to: image.size))
        XCTAssertGreaterThan(detection.box.area, 0)
      }
      XCTAssertEqual(
        try detector.detect(in: [image], DetectionOptions(score: 0.25, maximum: 1)), [Array(found.prefix(1))])
    }
  }

  /// Elements by the goldens' choice of offsets.
  private func sample(_ x: Tensor, _ label: String, _ count: Int) -> [Float] {
    let values = x.scalars
    return CounterGenerator.sample(label, of: values.count, count).map { values[$0] }
  }
}
