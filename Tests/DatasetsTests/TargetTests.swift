import Datasets
import Engine
import XCTest

/// Targets go where their pictures go.
final class TargetTests: XCTestCase {
  private func changes(_ generator: inout RandomStream) -> [GeometricChange] {
    func number(_ low: Int, _ high: Int) -> Int { low + Int(generator.uniform() * Float(high - low)) }
    return [
      .horizontalFlip, .verticalFlip,
      .crop(.init(x: number(-6, 6), y: number(-6, 6), width: number(10, 50), height: number(10, 50))),
      .resize(.init(width: number(15, 90), height: number(15, 90))),
      .rotation(degrees: Double(generator.uniform(-180, 180))),
    ]
  }

  func testSourceIsTheInverseOfDestination() {
    var generator = RandomStream(seed: 1)
    let size = Image.Size(width: 40, height: 30)
    for _ in 0..<40 {
      for change in changes(&generator) {
        let point = SIMD2(Double(generator.uniform(0, 40)), Double(generator.uniform(0, 30)))
        let back = change.source(of: change.destination(of: point, in: size), in: size)
        XCTAssertEqual(back.x, point.x, accuracy: 1e-9, "\(change)")
        XCTAssertEqual(back.y, point.y, accuracy: 1e-9, "\(change)")
      }
    }
  }

  /// A picture that is white in a rectangle and black elsewhere.
  private func drawing(_ box: BoundingBox, _ size: Image.Size) -> Image {
    var image = Image(width: size.width, height: size.height, channels: 1, repeating: 0)
    for y in Int(box.top)..<Int(box.bottom) {
      for x in Int(box.left)..<Int(box.right) { image[x, y, 0] = 255 }
    }
    return image
  }

  /// The box around the pixels that are rather white than black; nil where there are none.
  private func boundsOfWhite(_ image: Image) -> BoundingBox? {
    var bounds: BoundingBox?
    for y in 0..<image.height {
      for x in 0..<image.width where image[x, y, 0] > 127 {
        let pixel = BoundingBox(left: Float(x), top: Float(y), right: Float(x + 1), bottom: Float(y + 1))
        bounds = bounds.map {
          BoundingBox(
            left: min($0.left, pixel.left), top: min($0.top, pixel.top), right: max($0.right, pixel.right),
            bottom: max($0.bottom, pixel.bottom))
        }
        bounds = bounds ?? pixel
      }
    }
    return bounds
  }

  /// Through two changes in a row: exact where pixels only move, within pixels where they are mixed.
  func testBoxesFollowWhatIsDrawn() throws {
    var generator = RandomStream(seed: 2)
    let size = Image.Size(width: 48, height: 40)
    var (gone, compared) = (0, 0)
    for _ in 0..<60 {
      let (left, top) = (16 + Int(generator.uniform(0, 6)), 14 + Int(generator.uniform(0, 5)))
      let box = BoundingBox(
        left: Float(left), top: Float(top), right: Float(left + 9), bottom: Float(top + 7))
      let before = Example(image: drawing(box, size), target: [LabelledBox(box, label: 3)])
      let (first, second) = (changes(&generator), changes(&generator))
      let (flips, moves) = (second[..<2], second[..<3])
      // Of a turned rectangle that is cut, the box around its corners is not the box around what is left.
      var sequences = first.map { [$0] }
      sequences += first[..<3].flatMap { one in second[..<4].map { [one, $0] } }
      sequences += moves.map { [first[3], $0] } + flips.flatMap { [[first[4], $0], [$0, first[4]]] }
      for steps in sequences {
        let after = before.transformed(by: steps)
        let isMixed = steps.contains { if case .resize = $0 { true } else { $0 == first[4] } }
        let tolerance: Float = isMixed ? 1.5 : 0
        guard let expected = boundsOfWhite(after.image) else {
          // Mixing may leave no white pixel of a sliver.
          if let left = after.target.first {
            XCTAssertLessThan(min(left.box.width, left.box.height), 2, "\(steps)")
            XCTAssertTrue(isMixed)
          }
          gone += 1
          continue
        }
        compared += 1
        let found = try XCTUnwrap(after.target.first, "\(steps)")
        XCTAssertEqual(found.label, 3)
        XCTAssertEqual(found.box.left, expected.left, accuracy: tolerance, "\(steps)")
        XCTAssertEqual(found.box.top, expected.top, accuracy: tolerance, "\(steps)")
        XCTAssertEqual(found.box.right, expected.right, accuracy: tolerance, "\(steps)")
        XCTAssertEqual(found.box.bottom, expected.bottom, accuracy: tolerance, "\(steps)")
      }
    }
    XCTAssertGreaterThan(compared, 500)
    XCTAssertGreaterThan(gone, 0)
  }

  func testBoxesThatThePictureDoesNotShowAreLeftOut() {
    let size = Image.Size(width: 20, height: 20)
    let boxes = [
      BoundingBox(left: 1, top: 1, right: 5, bottom: 5), BoundingBox(left: 8, top: 8, right: 12, bottom: 19),
    ]
    let crop = GeometricChange.crop(.init(x: 5, y: 0, width: 6, height: 15))
    XCTAssertEqual(
      boxes.transformed(by: crop, in: size), [BoundingBox(left: 3, top: 8, right: 6, bottom: 15)])
    XCTAssertEqual(BoundingBox(left: 3, top: 0, right: 1, bottom: 5).area, 0)
  }

  // MARK: Masks

  private func mask(_ image: Image, outside: UInt8 = 0) -> SegmentationMask {
    SegmentationMask(width: image.width, height: image.height, classes: image.pixels, outside: outside)
  }

  private func noise(_ width: Int, _ height: Int, _ generator: inout RandomStream) -> Image {
    Image(
      width: width, height: height, channels: 1,
      pixels: (0..<width * height).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
  }

  /// Where pixels only move, a mask is what a grey picture becomes.
  func testMasksMoveAsPicturesDo() {
    var generator = RandomStream(seed: 3)
    for (width, height) in [(13, 9), (1, 7), (20, 20)] {
      let image = noise(width, height, &generator)
      let moves: [GeometricChange] = [
        .horizontalFlip, .verticalFlip, .crop(.init(x: -2, y: 3, width: 8, height: 5)),
        .crop(.init(x: 1, y: -4, width: 30, height: 40)), .rotation(degrees: 180),
      ]
      for move in moves + (width == height ? [.rotation(degrees: 90), .rotation(degrees: -90)] : []) {
        let moved = mask(image).transformed(by: move, in: image.size)
        XCTAssertEqual(moved, mask(image.transformed(by: move)), "\(move)")
      }
      let outside = mask(image, outside: 255)
        .transformed(by: .crop(.init(x: -1, y: 0, width: 2, height: 1)), in: image.size)
      XCTAssertEqual(outside.classes, [255, image[0, 0, 0]])
    }
  }

  /// The nearest pixel: ⌊(2x + 1)·w / 2w′⌋ in whole numbers.
  func testMasksAreResizedToTheNearestPixel() {
    var generator = RandomStream(seed: 4)
    for (width, height, newWidth, newHeight) in [(7, 5, 21, 11), (30, 17, 8, 8), (9, 9, 6, 3), (3, 2, 3, 50)]
    {
      let source = mask(noise(width, height, &generator))
      let resized = source.transformed(
        by: .resize(.init(width: newWidth, height: newHeight)), in: source.size)
      for y in 0..<newHeight {
        for x in 0..<newWidth {
          let (column, row) = ((2 * x + 1) * width / (2 * newWidth), (2 * y + 1) * height / (2 * newHeight))
          XCTAssertEqual(resized[x, y], source[column, row], "(\(x), \(y))")
        }
      }
    }
  }

  // MARK: Augmentations

  /// Every augmentation gives the picture that it gives without a target, and a target that still fits it.
  func testAugmentationsKeepPictureAndTargetTogether() throws {
    let size = Image.Size(width: 60, height: 50)
    let box = BoundingBox(left: 18, top: 14, right: 42, bottom: 34)
    let image = drawing(box, size).converted(toChannels: 3)
    let white = SegmentationMask(
      width: 60, height: 50, classes: drawing(box, size).pixels.map { $0 > 0 ? 1 : 0 })
    let augmentations: [Augmentation] = [
      .none, .horizontalFlip(), .randomCrop(48, padding: 4), .randomResizedCrop(40, scale: 0.3...1),
      .rotation(degrees: 20), .colorJitter(brightness: 0.1), .lighting(),
      .preparation(Preprocessing(resize: .shorterSide(40), crop: 36)),
      .sequence([.rotation(degrees: 10), .imageNet(size: 40)]),
    ]
    for augmentation in augmentations {
      for seed in 0..<8 as Range<UInt64> {
        func run<Target>(_ target: Target) -> Example<Target> {
          var generator = RandomStream(seed: seed)
          return augmentation(Example(image: image, target: target), &generator)
        }
        var generator = RandomStream(seed: seed)
        let expected = augmentation(image, &generator)
        let masked = run(white)
        XCTAssertEqual(masked.image, expected, augmentation.name)
        XCTAssertEqual(run([box]).image, expected, augmentation.name)
        XCTAssertEqual(run(7), Example(image: expected, target: 7), augmentation.name)
        XCTAssertEqual(masked.target.size, expected.size, augmentation.name)
        var different = 0
        for y in 0..<expected.height {
          for x in 0..<expected.width where (expected[x, y, 0] > 127) != (masked.target[x, y] == 1) {
            different += 1
          }
        }
        // Along the edge of the rectangle alone.
        XCTAssertLessThan(different, expected.height * expected.width / 12, augmentation.name)
      }
    }
  }
}
