import Engine
import Images
import Models
import TestSupport
import XCTest

/// R-CNN's parts, and detection with weights made by hand.
final class RCNNTests: XCTestCase {
  private func picture(_ width: Int, _ height: Int, seed: UInt64 = 1) -> Image {
    var generator = RandomStream(seed: seed)
    return Image(
      width: width, height: height,
      pixels: (0..<width * height * 3).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
  }

  private func box(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float) -> BoundingBox {
    BoundingBox(left: left, top: top, right: right, bottom: bottom)
  }

  /// A region of the size that it has in the square moves no pixel.
  func testCropWithContextWhereNothingIsScaled() {
    let image = picture(40, 30)
    let crop = ContextCrop(side: 20, padding: 3, fill: [9, 8, 7])
    XCTAssertEqual(crop(image, box(10, 8, 24, 22)), image.cropped(x: 7, y: 5, width: 20, height: 20))
    // Beyond the picture is the fill.
    let corner = crop(image, box(0, 0, 14, 14))
    for y in 0..<20 {
      for x in 0..<20 {
        for channel in 0..<3 {
          let expected = x < 3 || y < 3 ? [9, 8, 7][channel] : image[x - 3, y - 3, channel]
          XCTAssertEqual(corner[x, y, channel], expected, "(\(x), \(y))")
        }
      }
    }
    let end = crop(image, box(26, 16, 40, 30))
    XCTAssertEqual(
      end.cropped(x: 0, y: 0, width: 17, height: 17), image.cropped(x: 23, y: 13, width: 17, height: 17))
    XCTAssertEqual(end[17, 3, 0], 9)
    XCTAssertEqual(end[3, 17, 2], 7)
  }

  /// The shape of the region is not kept.
  func testCropIsWarped() {
    let image = picture(60, 50)
    let crop = ContextCrop(side: 20, padding: 3, fill: [0, 0, 0])
    XCTAssertEqual(
      crop(image, box(14, 10, 42, 24)),
      image.cropped(x: 8, y: 7, width: 40, height: 20).resized(width: 20, height: 20))
    XCTAssertEqual(
      ContextCrop(side: 12, padding: 0, fill: [0, 0, 0])(image, box(3, 4, 15, 16)),
      image.cropped(x: 3, y: 4, width: 12, height: 12))
  }

  func testCropOfWhatIsOutsideOrHasNoArea() {
    let crop = ContextCrop(side: 8, padding: 1, fill: [5])
    let grey = Image(width: 10, height: 10, channels: 1, repeating: 200)
    let empty = Image(width: 8, height: 8, channels: 1, repeating: 5)
    XCTAssertEqual(crop(grey, box(30, 30, 40, 40)), empty)
    XCTAssertEqual(crop(grey, box(-40, 0, -30, 10)), empty)
    XCTAssertEqual(crop(grey, box(5, 9, 1, 2)), empty)
    XCTAssertEqual(crop(grey, box(.nan, 0, 1, 1)), empty)
    XCTAssertEqual(crop(grey, box(0, 0, .infinity, 1)), empty)
    XCTAssertEqual(crop(grey, box(4, 4, 4, 4)).size, empty.size)
  }

  private func network(seed: UInt64 = 2) throws -> Network {
    try Network(
      name: "tiny", classes: 3, preprocessing: Preprocessing(resize: .none), inputSize: 16, seed: seed
    ) { scope in
      Sequential([
        Conv2d(scope["conv"], from: 3, to: 5, kernel: 3, stride: 2, padding: 1), ReLU(scope["relu"]),
        AdaptiveAvgPool2d(size: 1), Flatten(), Linear(scope["fc"], from: 5, to: 3),
      ])
    }
  }

  /// Each region's vector is what the network makes of its crop, whatever else is computed with it.
  func testVectorsOfRegions() throws {
    let network = try network()
    let image = picture(50, 40)
    var generator = RandomStream(seed: 3)
    let boxes = (0..<35).map { _ -> BoundingBox in
      let (x, y) = (generator.uniform(0, 40), generator.uniform(0, 30))
      return box(x, y, x + generator.uniform(2, 20), y + generator.uniform(2, 20))
    }
    for grid in [1, 2] {
      let encoder = try RegionEncoder(network, layer: "relu", grid: grid, padding: 2)
      XCTAssertEqual(encoder.width, 5 * grid * grid)
      let vectors = encoder(image, boxes)
      XCTAssertEqual(vectors.shape, [35, encoder.width])
      let crop = ContextCrop(side: 16, padding: 2, fill: [124, 116, 104])
      for (index, box) in boxes.enumerated() {
        let input = network.card.preprocessing([crop(image, box)])
        let map = DTensor(try network.features(at: ["relu"], of: input)[0])
        var expected: [Double] = []
        for row in 0..<grid {
          for column in 0..<grid {
            for channel in 0..<5 {
              var sum = 0.0
              for y in 0..<8 / grid {
                for x in 0..<8 / grid { sum += map[0, row * 8 / grid + y, column * 8 / grid + x, channel] }
              }
              expected.append(sum / Double(64 / grid / grid))
            }
          }
        }
        let vector = vectors.slice(axis: 0, index..<index + 1).scalars
        assertClose(vector, expected, absolute: 1e-5, "region \(index)")
      }
      for threads in threadCounts {
        assertSameBits(withThreads(threads) { encoder(image, boxes) }, vectors)
      }
    }
    let logits = try RegionEncoder(network, layer: "fc", padding: 2)
    XCTAssertEqual(logits.width, 3)
    XCTAssertEqual(logits(image, []).shape, [0, 3])
    XCTAssertThrowsError(try RegionEncoder(network, layer: "nothing", padding: 2)) {
      XCTAssertTrue($0 is ModuleError)
    }
  }

  /// Decisions are `weights · vector + bias` through the logistic function, boxes are moved by their class's regression, and
  /// overlapping ones of one class are dropped.
  func testDetections() throws {
    let encoder = try RegionEncoder(network(), layer: "relu", padding: 2)
    let image = picture(50, 40)
    let proposals = [box(4, 4, 24, 24), box(5, 4, 25, 24), box(30, 10, 60, 30), box(60, 60, 70, 70)]
    let vectors = DTensor(encoder(image, [proposals[0], proposals[1], box(30, 10, 50, 30)]))
    var generator = RandomStream(seed: 5)
    let (weights, bias) = (generator.tensor([2, 5]), Tensor([0.3, -0.2], shape: [2]))
    // The second class's boxes move right by a fifth of their width, and the first's stay.
    let move = Tensor([0, 0, 0, 0, 0.2, 0, 0, 0], shape: [8])
    let detector = RCNN(
      classes: ["a", "b"], encoder: encoder, classifierWeights: weights, classifierBias: bias,
      regressionWeights: Tensor(zeros: [8, 5]), regressionBias: move)
    func score(_ proposal: Int, _ label: Int) -> Double {
      let decision = (0..<5).reduce(Double(bias.scalars[label])) {
        $0 + vectors[proposal, $1] * Double(weights.scalars[label * 5 + $1])
      }
      return 1 / (1 + exp(-decision))
    }
    let all = try detector.detect(
      in: image, proposals: proposals, DetectionOptions(score: 0, overlap: 1, maximum: 50))
    XCTAssertEqual(all.count, 6)
    XCTAssertEqual(all.map(\.score), all.map(\.score).sorted(by: >))
    for (proposal, boxes) in [
      [box(4, 4, 24, 24), box(8, 4, 28, 24)], [box(5, 4, 25, 24), box(9, 4, 29, 24)],
      [box(30, 10, 50, 30), box(34, 10, 50, 30)],
    ].enumerated() {
      for label in 0..<2 {
        let found = all.filter {
          $0.label == label && $0.box.intersectionOverUnion(boxes[label]) > 0.9999
        }
        XCTAssertEqual(found.count, 1, "\(proposal) \(label)")
        XCTAssertEqual(Double(found.first?.score ?? -1), score(proposal, label), accuracy: 1e-5)
      }
    }
    let thinned = try detector.detect(in: image, proposals: proposals, DetectionOptions(score: 0))
    XCTAssertEqual(thinned.count, 4)
    for label in 0..<2 {
      let best = max(score(0, label), score(1, label))
      XCTAssertTrue(thinned.contains { $0.label == label && abs(Double($0.score) - best) < 1e-5 })
    }
    XCTAssertEqual(
      try detector.detect(in: image, proposals: proposals, DetectionOptions(score: 0, maximum: 1)),
      Array(thinned.prefix(1)))
    XCTAssertEqual(try detector.detect(in: image, proposals: [box(60, 60, 70, 70)]), [])
    XCTAssertEqual(try detector.detect(in: []), [])
    XCTAssertEqual(
      try detector.detect(in: [image], DetectionOptions(score: 0)),
      try [
        detector.detect(
          in: image, proposals: SelectiveSearch.fast(image, maximum: 1000), DetectionOptions(score: 0))
      ])
  }
}
