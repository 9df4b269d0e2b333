import Engine
import Images
import Models
import TestSupport
import XCTest

/// The parts of R-CNNs by themselves.
final class RegionTests: XCTestCase {
  func testResizedSizes() throws {
    let golden = try DetectionGoldens.decode(DetectionGoldens.Boxes.self, "detection_boxes")
    XCTAssertEqual(golden.resizes.count, 45)
    for row in golden.resizes {
      let transform = RegionTransform(shorterSide: row[0], longestSide: row[1])
      XCTAssertEqual(
        transform.size(of: .init(width: row[3], height: row[2])), .init(width: row[5], height: row[4]),
        "\(row)")
    }
    XCTAssertEqual(
      RegionTransform(shorterSide: 4, longestSide: 8).size(of: .init(width: 1000, height: 1)),
      .init(width: 8, height: 1))
  }

  /// Pictures of two sizes, each in the upper left corner, zeros beyond.
  func testTransform() {
    let transform = RegionTransform(shorterSide: 6, longestSide: 9, multiple: 8)
    var images = Tensor(repeating: 7, shape: [2, 4, 6, 3])
    images[0..<1, 0..<3, 0..<4] = Tensor(repeating: 1, shape: [])
    images[1..<2, 0..<4, 0..<6] = Tensor(repeating: 2, shape: [])
    let (batch, sizes) = transform(images, sizes: [.init(width: 4, height: 3), .init(width: 6, height: 4)])
    XCTAssertEqual(sizes, [.init(width: 8, height: 6), .init(width: 9, height: 6)])
    XCTAssertEqual(batch.shape, [2, 8, 16, 3])
    // Nothing of what was beyond a picture comes in.
    for (image, size) in sizes.enumerated() {
      for y in 0..<8 {
        for x in 0..<16 {
          let expected: Float = y < size.height && x < size.width ? Float(image + 1) : 0
          XCTAssertEqual(batch[image, y, x, 1].scalar, expected, accuracy: 1e-6)
        }
      }
    }
  }

  /// Equation 1 of the paper at its steps: 112 and 224 pixels begin the next level.
  func testLevels() {
    for (extent, level) in [
      (8, 2), (111.9, 2), (112, 3), (223.9, 3), (224, 4), (447.9, 4), (448, 5), (2000, 5),
    ]
      as [(Float, Float)]
    {
      let box = BoundingBox(left: 10, top: 10, right: 10 + extent / 2, bottom: 10 + extent * 2)
      XCTAssertEqual(RegionPooler.level(of: box, 2...5), level, "\(extent)")
    }
    XCTAssertEqual(RegionPooler.level(of: BoundingBox(left: 3, top: 3, right: 3, bottom: 9), 2...5), 2)
    // Each from its own map.
    let maps = [64, 32, 16, 8].enumerated().map { level, extent in
      Tensor(repeating: Float(level + 1), shape: [1, extent, extent, 1])
    }
    let sides: [Float] = [20, 120, 230, 50]
    let all = sides.map { BoundingBox(left: 1, top: 1, right: 1 + $0, bottom: 1 + $0) }
    XCTAssertEqual(RegionPooler(size: 1)(maps, [all], picture: Size2D(256, 256)).scalars, [1, 2, 3, 1])
    // Where levels are missing, from the next finer map.
    XCTAssertEqual(
      RegionPooler(size: 1)([maps[0], maps[2]], [all], picture: Size2D(256, 256)).scalars, [1, 1, 3, 1])
    // Of one map whatever the size, by the largest element too.
    for kind in [RegionPooler.Kind.align(samplingRatio: 2), .maximum] {
      let box = BoundingBox(left: 0, top: 0, right: 60, bottom: 60)
      let pooled = RegionPooler(kind, size: 2)([maps[2]], [[box]], picture: Size2D(256, 256))
      XCTAssertEqual(pooled.scalars, [3, 3, 3, 3])
    }
  }

  /// The binary form of the detection loss is the form with two classes, of which one logit is 0; the paper's RPN divides the
  /// boxes' part by places.
  func testBinaryDetectionLoss() {
    var generator = RandomStream(seed: 81)
    let logits = generator.tensor([6, 1], scale: 3)
    let (boxes, targets) = (generator.tensor([6, 4]), generator.tensor([6, 4]))
    let labels = [1, 0, 1, -1, 0, 1]
    let loss = DetectionLoss(beta: 1 / 9, ignored: -1)
    let two = concat([Tensor(zeros: [6, 1]), logits], axis: 1)
    let expected = loss(logits: two, labels: labels, boxes: boxes, targets: targets)
    let leaf = logits.requiringGradient()
    let parts = loss(logits: leaf, labels: labels, boxes: boxes, targets: targets)
    assertClose(parts.classification.scalar, Double(expected.classification.scalar))
    assertClose(parts.regression.scalar, Double(expected.regression.scalar))
    let twoLeaf = two.requiringGradient()
    let gradient = loss(logits: twoLeaf, labels: labels, boxes: boxes, targets: targets).total.backward()[
      twoLeaf]!
    assertClose(parts.total.backward()[leaf]!, gradient.slice(axis: 1, 1..<2))

    let paper = DetectionLoss.fasterRCNN
    let sum =
      Double(
        DetectionLoss.torchvision(
          logits: logits, labels: labels.map { max($0, 0) }, boxes: boxes, targets: targets
        ).regression.scalar) * 6
    let found = paper(
      logits: logits, labels: labels.map { max($0, 0) }, boxes: boxes, targets: targets, places: 240)
    assertClose(found.regression.scalar, sum / 240)
    assertClose(found.total.scalar, Double(found.classification.scalar) + 10 * sum / 240)
    XCTAssertEqual(DetectionLoss.fastRCNN.beta, 1)
    XCTAssertEqual(DetectionLoss.torchvision.beta, 1 / 9)
    XCTAssertEqual(DetectionLoss.torchvision.lambda, 1)
  }

  /// Top-down sums and the extra map, against plain operations.
  func testPyramid() {
    let store = ParameterStore(seed: 5)
    let pyramid = FeaturePyramid(store.scope["fpn"], from: [3, 5], to: 4)
    XCTAssertEqual(
      Set(store.all.map(\.name)),
      Set(
        ["inner_blocks", "layer_blocks"].flatMap { block in
          [0, 1].flatMap { ["fpn.\(block).\($0).0.weight", "fpn.\(block).\($0).0.bias"] }
        }))
    var generator = RandomStream(seed: 6)
    let (fine, coarse) = (generator.tensor([1, 5, 7, 3]), generator.tensor([1, 3, 4, 5]))
    let pass = Pass.inference()
    let maps = pyramid([fine, coarse], pass)
    XCTAssertEqual(maps.map(\.shape), [[1, 5, 7, 4], [1, 3, 4, 4], [1, 2, 2, 4]])
    let inner = pyramid.inner[1](coarse, pass)
    assertClose(maps[1], pyramid.outer[1](inner, pass))
    var sum = pyramid.inner[0](fine, pass)
    for y in 0..<5 {
      for x in 0..<7 { sum[0, y, x] = sum[0, y, x] + inner[0, y * 3 / 5, x * 4 / 7] }
    }
    assertClose(maps[0], pyramid.outer[0](sum, pass))
    for y in 0..<2 {
      for x in 0..<2 { assertSameBits(maps[2][0, y, x], maps[1][0, 2 * y, 2 * x]) }
    }
  }
}
