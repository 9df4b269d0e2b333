import Datasets
import Engine
import Foundation
import XCTest

/// Augmentations for detectors: boxes stay on what is drawn.
final class DetectionAugmentationTests: XCTestCase {
  /// A grey picture, 60 grey but for objects of 200 and above, each of its own grey.
  private func example(_ boxes: [BoundingBox], width: Int = 60, height: Int = 40) -> Example<[LabelledBox]> {
    var image = Image(width: width, height: height, channels: 1, repeating: 60)
    for (index, box) in boxes.enumerated() {
      for y in Int(box.top)..<Int(box.bottom) {
        for x in Int(box.left)..<Int(box.right) { image[x, y, 0] = UInt8(200 + 10 * index) }
      }
    }
    return Example(
      image: image, target: boxes.enumerated().map { LabelledBox($1, label: $0, isDifficult: $0 == 1) })
  }

  /// Every box is around what is light in the picture, within a pixel or two where pixels are mixed.
  private func assertBoxesFit(
    _ example: Example<[LabelledBox]>, tolerance: Float, _ label: String, file: StaticString = #filePath,
    line: UInt = #line
  ) {
    for object in example.target {
      let box = object.box
      XCTAssertEqual(box, box.clipped(to: example.image.size), label, file: file, line: line)
      var (left, top, right, bottom) = (Float.infinity, Float.infinity, Float(0), Float(0))
      for y in Int(box.top)..<min(Int(box.bottom.rounded(.up)), example.image.height) {
        for x in Int(box.left)..<min(Int(box.right.rounded(.up)), example.image.width)
        where example.image[x, y, 0] > 150 {
          (left, top) = (min(left, Float(x)), min(top, Float(y)))
          (right, bottom) = (max(right, Float(x + 1)), max(bottom, Float(y + 1)))
        }
      }
      guard box.width > 2 * tolerance, box.height > 2 * tolerance else { continue }
      for (side, light) in [(box.left, left), (box.top, top), (box.right, right), (box.bottom, bottom)] {
        XCTAssertEqual(side, light, accuracy: tolerance, "\(label): \(box)", file: file, line: line)
      }
    }
  }

  private let boxes = [BoundingBox(4, 5, 20, 18), BoundingBox(30, 20, 55, 36)]

  func testScaleJitterAndExpand() {
    let before = example(boxes)
    var sizes: Set<String> = []
    var generator = RandomStream(seed: 1)
    for _ in 0..<30 {
      let scaled = Augmentation.scaleJitter(0.5...2, ratio: 0.5...2)(before, &generator)
      assertBoxesFit(scaled, tolerance: 1.5, "scale jitter")
      XCTAssertEqual(scaled.target.count, 2)
      sizes.insert("\(scaled.image.size)")
      let expanded = Augmentation.expand(upTo: 3, fill: 9, probability: 1)(before, &generator)
      assertBoxesFit(expanded, tolerance: 0, "expand")
      XCTAssertEqual(expanded.target.map(\.box.area), before.target.map(\.box.area))
      XCTAssertTrue(60...180 ~= expanded.image.width && 40...120 ~= expanded.image.height)
      if expanded.target[0].box.left > 4 { XCTAssertEqual(expanded.image[0, 0, 0], 9) }
    }
    XCTAssertGreaterThan(sizes.count, 20)
    XCTAssertEqual(Augmentation.expand(probability: 0)(before, &generator).image, before.image)
    let sides = (0..<30).map { _ in
      Augmentation.randomShorterSide([20, 80], longest: 90)(before, &generator).image.size.description
    }
    XCTAssertEqual(Set(sides), ["30×20", "90×60"])
  }

  func testSampledCropsKeepWhatTheyMust() throws {
    let before = example(boxes)
    var generator = RandomStream(seed: 2)
    var kept: Set<Int> = []
    for least in [nil, 0, 0.3, 0.9] as [Float?] {
      let step = Pipeline<[LabelledBox]>.Step.sampledCrop(overlaps: [least])
      let pipeline = Pipeline([step], preprocessing: .plain(channels: 1))
      for _ in 0..<40 {
        let after = try pipeline(before, &generator)
        XCTAssertGreaterThan(after.target.count, 0)
        assertBoxesFit(after, tolerance: 0, "sampled crop \(least ?? -1)")
        if least == nil { XCTAssertEqual(after, before) }
        if after != before { kept.insert(after.target.count) }
      }
      let empty = example([])
      XCTAssertEqual(try pipeline(empty, &generator), empty)
    }
    XCTAssertEqual(kept, [1, 2])
  }

  /// Objects whose middle is cut away, or too much of them, go.
  func testMinimumVisibility() throws {
    let before = example([BoundingBox(0, 0, 30, 40)])
    var generator = RandomStream(seed: 3)
    for least in [0, 0.8] as [Float] {
      let step = Pipeline<[LabelledBox]>.Step.sampledCrop(overlaps: [0], minimumVisibility: least)
      let pipeline = Pipeline([step], preprocessing: .plain(channels: 1))
      let shares = try (0..<80).map { _ in try pipeline(before, &generator).target[0].box.area / 1200 }
      if least > 0 {
        XCTAssertGreaterThanOrEqual(shares.min()!, least)
        XCTAssertLessThan(shares.min()!, 1)
      } else {
        XCTAssertLessThan(shares.min()!, 0.5)
      }
    }
    let drop = Pipeline<[LabelledBox]>.Step.droppingBoxes(smallerThan: 14)
    let pipeline = Pipeline([drop], preprocessing: .plain(channels: 1))
    XCTAssertEqual(try pipeline(example(boxes), &generator).target.map(\.label), [1])
  }

  /// Of a crowd whatever is left is kept, that its place be no background; it is no object for which a piece is chosen.
  func testCrowdsAreKept() throws {
    var before = example([BoundingBox(2, 2, 14, 14), BoundingBox(16, 0, 60, 40)])
    before.target[1].isDifficult = false
    before.target[1].isCrowd = true
    let steps: [Pipeline<[LabelledBox]>.Step] = [
      .sampledCrop(overlaps: [0], minimumVisibility: 0.9),
      .mosaic(from: Few(examples: [before]), size: 96, fill: 0, minimumVisibility: 0.9),
    ]
    for step in steps {
      let pipeline = Pipeline([step], preprocessing: .plain(channels: 1))
      var slivers = 0
      for seed in 0..<30 as Range<UInt64> {
        var generator = RandomStream(seed: seed)
        let after = try pipeline(before, &generator)
        XCTAssertTrue(step.name.contains("mosaic") || after.target.contains { !$0.isCrowd })
        let crowds = after.target.filter(\.isCrowd).map(\.box)
        slivers += crowds.count { $0.width < 20 || $0.height < 15 }
        for y in 0..<after.image.height {
          for x in 0..<after.image.width where after.image[x, y, 0] == 210 {
            let (column, row) = (Float(x) + 0.5, Float(y) + 0.5)
            XCTAssertTrue(
              crowds.contains {
                $0.left - 1 <= column && column <= $0.right + 1 && $0.top - 1 <= row && row <= $0.bottom + 1
              }, "\(step.name) \(seed): (\(x), \(y)) of a crowd is background")
          }
        }
      }
      XCTAssertGreaterThan(slivers, 0, step.name)
    }
    // A picture with nothing but crowds stays as it is.
    before.target.removeFirst()
    var generator = RandomStream(seed: 1)
    XCTAssertEqual(try Pipeline([steps[0]], preprocessing: .plain(channels: 1))(before, &generator), before)
  }

  // MARK: Mosaic

  private struct Few: Dataset {
    let examples: [Example<[LabelledBox]>]
    var count: Int { examples.count }
    func example(at index: Int) -> Example<[LabelledBox]> { examples[index] }
  }

  func testMosaic() throws {
    let first = example(boxes)
    let others = Few(examples: [
      example([BoundingBox(10, 10, 30, 30)], width: 40, height: 60), example([]),
      example([BoundingBox(0, 0, 60, 40)]),
    ])
    let step = Pipeline<[LabelledBox]>.Step.mosaic(from: others, size: 96, fill: 0)
    let pipeline = Pipeline([step], preprocessing: .plain(channels: 1))
    var counts: Set<Int> = []
    for seed in 0..<40 as Range<UInt64> {
      var generator = RandomStream(seed: seed)
      let after = try pipeline(first, &generator)
      XCTAssertEqual(after.image.size, Image.Size(width: 96, height: 96))
      assertBoxesFit(after, tolerance: 1.5, "mosaic \(seed)")
      counts.insert(after.target.count)
      var again = RandomStream(seed: seed)
      XCTAssertEqual(try pipeline(first, &again), after)
    }
    XCTAssertGreaterThan(counts.count, 3)
    var generator = RandomStream(seed: 1)
    let none = Pipeline<[LabelledBox]>.Step.mosaic(from: Few(examples: []), size: 96)
    XCTAssertEqual(try Pipeline([none], preprocessing: .plain(channels: 1))(first, &generator), first)
  }

  // MARK: Resizes

  /// darknet's whole numbers: 60×40 into 32×50 is 32×21, 14 above and 15 below.
  func testLetterbox() throws {
    let letterbox = Preprocessing(
      resize: .letterbox(width: 32, height: 50, fill: 114), mean: [0], standardDeviation: [1])
    XCTAssertEqual(letterbox.outputShape, [50, 32, 1])
    var generator = RandomStream(seed: 0)
    let after = try Pipeline(preprocessing: letterbox)(example(boxes), &generator)
    XCTAssertEqual(after.image.size, Image.Size(width: 32, height: 50))
    XCTAssertEqual([13, 14, 34, 35].map { after.image[16, $0, 0] == 114 }, [true, false, false, true])
    XCTAssertEqual(after.target[0].box.left, 4 * 32 / 60, accuracy: 1e-5)
    XCTAssertEqual(after.target[0].box.top, 5 * 21 / 40 + 14, accuracy: 1e-5)
    assertBoxesFit(after, tolerance: 1.5, "letterbox")
    func box(_ width: Int, _ height: Int) -> String {
      Image.Size(width: width, height: height).letterboxed(in: Image.Size(width: 416, height: 416))
        .description
    }
    XCTAssertEqual(box(768, 576), "416×312 at (0, 52)")
    XCTAssertEqual(box(773, 512), "416×275 at (0, 70)")
    XCTAssertEqual(box(424, 640), "275×416 at (70, 0)")
    XCTAssertEqual(box(1, 10_000), "1×416 at (207, 0)")
    XCTAssertEqual(box(416, 416), "416×416 at (0, 0)")
  }

  /// torchvision's GeneralizedRCNNTransform: 800 and 1,333.
  func testShorterSideUpTo() {
    func size(_ width: Int, _ height: Int) -> String {
      let resize = Preprocessing(resize: .shorterSideUpTo(800, longest: 1333))
      return resize.changes(of: Image.Size(width: width, height: height)).reduce(
        Image.Size(width: width, height: height)
      ) {
        $1.size(of: $0)
      }.description
    }
    XCTAssertEqual(size(640, 480), "1066×800")
    XCTAssertEqual(size(480, 640), "800×1066")
    XCTAssertEqual(size(1000, 300), "1333×399")
    XCTAssertEqual(size(2000, 1), "1333×1")
    // In single precision 800·(1/375)·375 is a little less than 800.
    XCTAssertEqual(size(500, 375), "1066×799")
    XCTAssertNil(Preprocessing(resize: .shorterSideUpTo(800, longest: 1333)).outputShape)
  }

  func testLabelledBoxesKeepWhatIsKnown() throws {
    let object = LabelledBox(
      BoundingBox(10, 10, 30, 30), label: 2, isDifficult: true, isTruncated: true, isCrowd: true,
      annotatedArea: 200)
    let size = Image.Size(width: 60, height: 40)
    let cut = try XCTUnwrap(
      object.transformed(by: .crop(Image.Region(x: 20, y: 0, width: 30, height: 40)), in: size))
    XCTAssertEqual(
      cut,
      LabelledBox(
        BoundingBox(0, 10, 10, 30), label: 2, isDifficult: true, isTruncated: true, isCrowd: true,
        annotatedArea: 100))
    XCTAssertEqual(object.area, 200)
    XCTAssertEqual(LabelledBox(object.box, label: 0).area, 400)
    let coder = JSONEncoder()
    coder.outputFormatting = .sortedKeys
    XCTAssertEqual(try JSONDecoder().decode(LabelledBox.self, from: coder.encode(object)), object)
    // As it was written before.
    let old = #"{"box":{"bottom":4,"left":1,"right":3,"top":2},"label":5}"#
    let plain = try JSONDecoder().decode(LabelledBox.self, from: Data(old.utf8))
    XCTAssertEqual(plain, LabelledBox(BoundingBox(1, 2, 3, 4), label: 5))
    XCTAssertEqual(String(decoding: try coder.encode(plain), as: UTF8.self), old)
  }
}
