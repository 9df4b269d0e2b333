import Engine
import Images
import Models
import TestSupport
import XCTest

final class BoxTests: XCTestCase {
  func testFormats() {
    let box = BoundingBox(left: 2, top: 3, right: 7, bottom: 15)
    XCTAssertEqual(box.numbers(as: .corners), SIMD4(2, 3, 7, 15))
    XCTAssertEqual(box.numbers(as: .cornerAndSize), SIMD4(2, 3, 5, 12))
    XCTAssertEqual(box.numbers(as: .centerAndSize), SIMD4(4.5, 9, 5, 12))
    for format in BoxFormat.allCases {
      XCTAssertEqual(BoundingBox(box.numbers(as: format), as: format), box)
    }
  }

  func testSidesAndSizes() {
    let box = BoundingBox(left: 2, top: 3, right: 7, bottom: 15)
    XCTAssertTrue(box.isAtLeast(5))
    XCTAssertFalse(box.isAtLeast(5.5))
    XCTAssertFalse(BoundingBox(left: 0, top: 0, right: .nan, bottom: 9).isAtLeast(0))
    let scaled = box.scaled(from: .init(width: 10, height: 20), to: .init(width: 30, height: 10))
    XCTAssertEqual(scaled, BoundingBox(left: 6, top: 1.5, right: 21, bottom: 7.5))
    XCTAssertEqual(
      BoundingBox(left: -3, top: 2, right: 12, bottom: 25).clipped(to: .init(width: 10, height: 20)),
      BoundingBox(left: 0, top: 2, right: 10, bottom: 20))
  }

  func testOverlaps() throws {
    let golden = try DetectionGoldens.decode(DetectionGoldens.Boxes.self, "detection_boxes")
    let (a, b) = (boxes(golden.a), boxes(golden.b))
    for (overlap, expected) in [
      (BoxOverlap.intersectionOverUnion, golden.iou), (.generalized, golden.generalized),
    ] {
      let all = overlap(a, b)
      assertClose(all, DTensor(shape: [a.count, b.count], values: expected), absolute: 1e-6)
      XCTAssertEqual(all.scalars[b.count + 2], overlap(a[1], b[2]))
    }
    XCTAssertEqual(BoxOverlap.intersectionOverUnion(a[0], a[0]), 1)
    let point = BoundingBox(left: 1, top: 1, right: 1, bottom: 1)
    XCTAssertEqual(BoxOverlap.intersectionOverUnion(point, point), 0)
    // Two unit squares with one between them: a third of the hull is neither's.
    let (left, right) = (
      BoundingBox(left: 0, top: 0, right: 1, bottom: 1), BoundingBox(left: 2, top: 0, right: 3, bottom: 1)
    )
    XCTAssertEqual(BoxOverlap.generalized(left, right), -1 / 3, accuracy: 1e-6)
  }

  func testCoder() throws {
    let golden = try DetectionGoldens.decode(DetectionGoldens.Boxes.self, "detection_boxes")
    XCTAssertEqual(golden.coders.count, 2)
    for (golden, preset) in zip(golden.coders, [BoxCoder.proposals, .regions]) {
      let coder = BoxCoder(
        weights: SIMD4(golden.weights[0], golden.weights[1], golden.weights[2], golden.weights[3]))
      XCTAssertEqual(coder, preset)
      let references = boxes(golden.references)
      for (k, box) in boxes(golden.boxes).enumerated() {
        let code = coder.encode(box, from: references[k])
        assertClose(
          [code.x, code.y, code.z, code.w], golden.encoded[4 * k..<4 * k + 4].map(Double.init), absolute: 1e-5
        )
        let back = coder.decode(code, from: references[k])
        assertClose(
          [back.left, back.top, back.right, back.bottom],
          [box.left, box.top, box.right, box.bottom].map(Double.init), absolute: 2e-4)
      }
      for (k, reference) in references.enumerated() {
        let o = golden.offsets[4 * k..<4 * k + 4].map { $0 }
        let box = coder.decode(SIMD4(o[0], o[1], o[2], o[3]), from: reference)
        assertClose(
          [box.left, box.top, box.right, box.bottom], golden.decoded[4 * k..<4 * k + 4].map(Double.init),
          absolute: 1e-4, relative: 1e-5)
      }
    }
  }

  func testAnchors() throws {
    let golden = try DetectionGoldens.decode(DetectionGoldens.Boxes.self, "detection_boxes")
    XCTAssertEqual(golden.anchors.count, 2)
    for golden in golden.anchors {
      let generator = AnchorGenerator(sizes: golden.sizes, aspectRatios: golden.aspectRatios)
      let anchors = generator(
        grids: golden.grids.map { Size2D($0[0], $0[1]) },
        picture: Size2D(golden.picture[0], golden.picture[1]))
      XCTAssertEqual(anchors.flatMap { $0 }, boxes(golden.boxes))
    }
    // Half a pixel is rounded to the even one: 15 / 2 is 8, 27 / 2 is 14, 33 / 2 is 16.
    let bases = AnchorGenerator(sizes: [[15, 27, 33]], aspectRatios: [[1]]).bases[0]
    XCTAssertEqual(bases.map(\.right), [8, 14, 16])
    XCTAssertEqual(AnchorGenerator.pyramid.bases.map(\.count), [3, 3, 3, 3, 3])
    XCTAssertEqual(AnchorGenerator.single.bases.map(\.count), [15])
  }

  func testMatches() throws {
    let golden = try DetectionGoldens.decode(DetectionGoldens.Boxes.self, "detection_boxes")
    XCTAssertEqual(golden.matches.count, 3)
    for golden in golden.matches {
      let count = golden.quality.count / golden.objects
      let matcher = Matcher(high: golden.high, low: golden.low, keepsBestOfEach: golden.keepsBestOfEach)
      let matches = matcher.match(candidates: count, objects: golden.objects) { candidate, object in
        golden.quality[object * count + candidate]
      }
      XCTAssertEqual(
        matches.map { match in
          switch match {
          case .object(let index): index
          case .background: -1
          case .ignored: -2
          }
        }, golden.matches)
    }
    let square = BoundingBox(left: 0, top: 0, right: 2, bottom: 2)
    let far = BoundingBox(left: 50, top: 0, right: 52, bottom: 2)
    let half = BoundingBox(left: 0, top: 0, right: 2, bottom: 1)
    XCTAssertEqual(Matcher.proposals([square, far], to: []), [.background, .background])
    XCTAssertEqual(
      Matcher.regions([square, half, far], to: [square]), [.object(0), .object(0), .background])
    // Of background the near one alone.
    XCTAssertEqual(
      Matcher.nearRegions([square, far, BoundingBox(left: 0, top: 0, right: 2, bottom: 10)], to: [square]),
      [.object(0), .ignored, .background])
    // An object that nothing overlaps makes no object of everything.
    XCTAssertEqual(
      Matcher.proposals([square, half], to: [square, far]), [.object(0), .ignored])
  }

  /// Ten pixels high.
  private func box(_ left: Float, _ right: Float) -> BoundingBox {
    BoundingBox(left: left, top: 0, right: right, bottom: 10)
  }

  /// Crowds and difficult objects have no candidates, and what would be background on them is ignored: half a candidate in a
  /// crowd, an IoU of a half with a difficult object.
  func testMatchesToWhatCounts() {
    let objects = [
      LabelledBox(box(100, 200), label: 0, isCrowd: true), LabelledBox(box(0, 20), label: 1),
      LabelledBox(box(40, 60), label: 1, isDifficult: true), LabelledBox(box(190, 210), label: 2),
    ]
    let candidates = [
      box(0, 20), box(120, 130), box(95, 105), box(94, 104), box(40, 60), box(40, 50), box(40, 49),
      box(188, 210), box(0, 12), box(100, 200), box(5, 5),
    ]
    XCTAssertEqual(
      Matcher.regions(candidates, toObjects: objects),
      [
        .object(1), .ignored, .ignored, .background, .ignored, .ignored, .background, .object(3), .object(1),
        .ignored, .background,
      ])
    XCTAssertEqual(
      Matcher.regions(candidates, toObjects: [objects[0]]),
      candidates.indices.map { [1, 2, 7, 9].contains($0) ? .ignored : .background })
    // What is neither well enough of an object stays ignored; where nothing counts, all else is background.
    XCTAssertEqual(Matcher.proposals([box(0, 30), box(4, 30)], toObjects: objects), [.object(1), .ignored])
    XCTAssertEqual(Matcher.proposals([box(0, 20)], toObjects: [objects[0]]), [.background])
    XCTAssertEqual(
      Matcher.regions(candidates, toObjects: [objects[1], objects[3]]),
      Matcher.regions(candidates, to: [objects[1].box, objects[3].box]))
    for object in [objects[1], objects[3]] { XCTAssertFalse(object.excuses(object.box)) }
  }

  /// Some boxes at a time, and thousands, as one pair after another; many ties, and boxes without an area.
  func testMatchesOfBoxes() {
    var stream = RandomStream(seed: 5)
    func boxes(_ count: Int, _ extent: Float) -> [BoundingBox] {
      (0..<count).map { _ in
        let numbers = (0..<4).map { _ in (stream.uniform(0, extent) / 4).rounded(.down) * 4 }
        return BoundingBox(
          left: numbers[0], top: numbers[1], right: numbers[0] + numbers[2], bottom: numbers[1] + numbers[3])
      }
    }
    for (count, objectCount) in [(1, 1), (7, 3), (8, 2), (1023, 5), (2500, 11)] {
      let candidates = boxes(count, 40)
      let objects = boxes(objectCount, 32)
      for matcher in [Matcher.proposals, .regions, .nearRegions] {
        let expected = matcher.match(candidates: count, objects: objects.count) { candidate, object in
          BoxOverlap.intersectionOverUnion(objects[object], candidates[candidate])
        }
        XCTAssertEqual(matcher(candidates, to: objects), expected, "\(count), \(matcher)")
      }
    }
    XCTAssertEqual(Matcher.proposals([], to: boxes(2, 8)), [])
  }

  /// The best candidate of one object fits another better, and is of that one.
  func testBestOfAnotherObject() {
    XCTAssertEqual(
      Matcher.proposals([box(5, 15), box(6, 20)], to: [box(0, 10), box(6, 20)]), [.object(1), .object(1)])
  }

  func testSampler() {
    let matches: [Matcher.Match] = (0..<100).map {
      $0 % 10 == 0 ? .object($0) : $0 % 10 == 1 ? .ignored : .background
    }
    let sampler = BalancedSampler(count: 20, objectShare: 0.25)
    var seen: [Set<Int>] = [[], []]
    for seed in 0..<200 {
      var generator = RandomStream(seed: UInt64(seed))
      let (objects, background) = sampler(matches, &generator)
      XCTAssertEqual(objects.count, 5)
      XCTAssertEqual(background.count, 15)
      XCTAssertEqual(objects, Array(Set(objects)).sorted())
      XCTAssertEqual(background, Array(Set(background)).sorted())
      seen[0].formUnion(objects)
      seen[1].formUnion(background)
      var again = RandomStream(seed: UInt64(seed))
      XCTAssertEqual(sampler(matches, &again).objects, objects)
    }
    // Each one is drawn at some time, and none of the others.
    XCTAssertEqual(seen[0], Set(stride(from: 0, to: 100, by: 10)))
    XCTAssertEqual(seen[1], Set((0..<100).filter { $0 % 10 > 1 }))
    // Where there are fewer objects, background takes their place; where there is little of both, all is drawn.
    var generator = RandomStream(seed: 1)
    let few = BalancedSampler(count: 90, objectShare: 0.5)(matches, &generator)
    XCTAssertEqual(few.objects.count, 10)
    XCTAssertEqual(few.background.count, 80)
  }
}
