import Engine
import Foundation
import Images
import Models
import TestSupport
import XCTest

/// Darknet weights for other classes, and of a trunk alone, in a network that is to be trained.
final class DarknetOtherClassesTests: XCTestCase {
  private func configuration(classes: Int) -> String {
    """
    [net]
    height=16
    width=16
    [convolutional]
    batch_normalize=1
    filters=4
    size=3
    stride=2
    pad=1
    activation=leaky
    [convolutional]
    filters=\(2 * (5 + classes))
    size=1
    activation=linear
    [yolo]
    mask=2,3
    anchors=2,2,3,3,8,8,12,12
    num=4
    classes=\(classes)
    [route]
    layers=0
    [convolutional]
    filters=6
    size=1
    activation=linear
    [convolutional]
    filters=\(2 * (5 + classes))
    size=1
    activation=linear
    [yolo]
    mask=0,1
    anchors=2,2,3,3,8,8,12,12
    num=4
    classes=\(classes)
    """
  }

  private func network(classes: Int, seed: UInt64) throws -> (YOLONetwork, DarknetNetwork) {
    let network = try YOLONetwork(
      darknet: DarknetConfiguration(configuration(classes: classes), file: "two heads"), seed: seed)
    return (network, try XCTUnwrap(network.body as? DarknetNetwork))
  }

  /// Numbers 1, 2, 3 and so on behind a header.
  private func file(_ count: Int) throws -> DarknetWeightFile {
    var data = Data()
    for number in [0, 2, 0, 0, 0] as [Int32] {
      withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) }
    }
    for number in 1...count {
      withUnsafeBytes(of: Float(number).bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).weights")
    addTeardownBlock { try? FileManager.default.removeItem(at: url) }
    try data.write(to: url)
    return try DarknetWeightFile(path: url.path)
  }

  /// The first convolution has 4 · 4 and 4 · 27 numbers, the head's 2(5 + C)(4 + 1), the lateral one 6 + 24, the last head
  /// 2(5 + C)(6 + 1).
  private func count(classes: Int) -> Int {
    16 + 108 + 2 * (5 + classes) * 5 + 30 + 2 * (5 + classes) * 7
  }

  private let heads = [
    "layers.1.conv.bias", "layers.1.conv.weight", "layers.5.conv.bias", "layers.5.conv.weight",
  ]

  func testAllButTheHeads() throws {
    let (classes, fileClasses) = (3, 7)
    let ((network, body), (fresh, _)) = (
      try self.network(classes: classes, seed: 1), try self.network(classes: classes, seed: 1)
    )
    XCTAssertEqual(try body.loadFitting(file(count(classes: fileClasses))), heads)
    for name in heads { assertSameBits(network.store[name]!.value, fresh.store[name]!.value, name) }
    // β first; the lateral convolution's bias comes behind the first head as the file has it.
    XCTAssertEqual(network.store["layers.0.bn.bias"]!.value.scalars, [1, 2, 3, 4])
    let start = Float(16 + 108 + 2 * (5 + fileClasses) * 5)
    XCTAssertEqual(
      network.store["layers.4.conv.bias"]!.value.scalars, (1...6).map { start + Float($0) })
    let weight = network.store["layers.4.conv.weight"]!
    XCTAssertEqual(weight.layout.toFile(weight.value).scalars, (1...24).map { start + 6 + Float($0) })
  }

  func testAsManyClassesAndATrunk() throws {
    let (network, body) = try network(classes: 3, seed: 1)
    XCTAssertEqual(try body.loadFitting(file(count(classes: 3))), [])
    XCTAssertEqual(
      network.store["layers.5.conv.bias"]!.value.scalars.first, Float(count(classes: 3) - 16 * 7 + 1))
    XCTAssertEqual(try body.loadFitting(file(124)).count, 6, "all but the first layer")
    XCTAssertThrowsError(try body.loadFitting(file(125))) {
      guard case WeightFileError.wrongCount(_, 125, count(classes: 3)) = $0 else { return XCTFail("\($0)") }
    }
  }

  /// The layers of classes are those before the heads, group by group.
  func testClassLayers() throws {
    let (network, body) = try network(classes: 3, seed: 1)
    XCTAssertEqual(body.classLayers.flatMap(\.names), heads)
    for layer in body.classLayers {
      XCTAssertEqual(layer.rows(classes: 3), network.store[layer.names[0]]!.shape[0])
      XCTAssertEqual(
        layer.rows(of: [2, 0], classes: 3), [0, 1, 2, 3, 4, 7, 5, 8, 9, 10, 11, 12, 15, 13])
    }
    let grid = try YOLONetwork(darknet: .yolov1Tiny(classes: 3), initializes: false)
    let layer = try XCTUnwrap(grid.body.classLayers.first)
    XCTAssertEqual(layer.rows(classes: 20), 1470)
    XCTAssertFalse(layer.isOrdered)
  }

  /// YOLOv3-tiny with anchors of one's own: the fine head has the first three, and the published ones are as they were.
  func testAnchors() throws {
    let own = (1...6).map { YOLOHead.Anchor(Float(10 * $0), Float(12 * $0)) }
    func heads(_ configuration: DarknetConfiguration) throws -> [YOLOHead] {
      try DarknetArchitecture(configuration).heads.compactMap { head in
        if case .anchors(let head) = head { head } else { nil }
      }
    }
    let changed = try heads(.yolov3Tiny(classes: 2, anchors: own))
    XCTAssertEqual(changed.map(\.mask), [[3, 4, 5], [0, 1, 2]])
    XCTAssertEqual(changed.map(\.anchors), [own, own])
    let published = try heads(.yolov3Tiny(classes: 2))
    XCTAssertEqual(published.map(\.mask), [[3, 4, 5], [1, 2, 3]])
    XCTAssertEqual(try heads(.yolov3Tiny(classes: 2, anchors: published[0].anchors)), published)
    let cells = try heads(.yolov2Tiny(classes: 2, anchors: Array(own.prefix(5))))
    XCTAssertEqual(cells[0].anchors[1].width, 20.0 / 32)
    let detector = try DetectorRegistry.standard.card(named: "yolov2-tiny").detector(
      DetectorRequest(classes: ["a"], details: DetectorDetails(anchors: Array(own.prefix(5)))))
    let found = try XCTUnwrap((detector as? YOLODetector)?.network.anchors)
    for (anchor, expected) in zip(found, own) {
      XCTAssertEqual(anchor.width, expected.width, accuracy: 1e-3)
    }
    for details in [DetectorDetails(anchors: own), DetectorDetails(anchors: [])] {
      XCTAssertThrowsError(
        try DetectorRegistry.standard.card(named: "yolov2-tiny").detector(
          DetectorRequest(classes: ["a"], details: details)))
    }
  }
}
