import Datasets
import Engine
import XCTest

final class AugmentationTests: XCTestCase {
  func testColorAdjustmentsEqualPillow() throws {
    let source = try Fixtures.image("resize_source.png")
    for factor in [Float(0), 0.35, 1, 1.7] {
      let suffix = "_\(factor)"
      assertSamePixels(
        source.adjustedBrightness(factor), try Fixtures.golden("brightness" + suffix), "brightness")
      assertSamePixels(source.adjustedContrast(factor), try Fixtures.golden("contrast" + suffix), "contrast")
      assertSamePixels(
        source.adjustedSaturation(factor), try Fixtures.golden("saturation" + suffix), "saturation")
    }
    for shift in [Float(-0.5), -0.13, 0, 0.2, 0.5] {
      assertSamePixels(source.adjustedHue(shift), try Fixtures.golden("hue_\(shift)"), "hue \(shift)")
    }
  }

  func testRotationEqualsPillow() throws {
    let source = try Fixtures.image("resize_source.png")
    for (name, degrees) in [
      ("0", 0), ("13.5", 13.5), ("-30", -30), ("90", 90), ("180", 180), ("270", 270), ("200", 200),
    ] {
      let rotated = source.rotated(degrees: degrees, fill: [10, 20, 30])
      assertSamePixels(rotated, try Fixtures.golden("rotation_\(name)"), "\(degrees) degrees")
    }
  }

  /// Every augmentation gives the same bits for the same seed, and not always the same picture.
  func testAugmentationsDependOnTheSeedOnly() throws {
    let source = try Fixtures.image("resize_source.png")
    let augmentations: [Augmentation] = [
      .horizontalFlip(), .randomCrop(40, padding: 4), .randomCrop(90), .randomResizedCrop(24),
      .rotation(degrees: 20),
      .colorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1), .lighting(),
      .imageNet(size: 32), .randomGrey(probability: 0.5), .gaussianBlur(),
      .randomApply(.colorJitter(brightness: 0.8)),
    ]
    for augmentation in augmentations {
      var pictures: [Image] = []
      for seed in 0..<12 as Range<UInt64> {
        var (first, second) = (RandomStream(seed: seed), RandomStream(seed: seed))
        let picture = augmentation(source, &first)
        XCTAssertEqual(picture, augmentation(source, &second), augmentation.name)
        if !pictures.contains(picture) { pictures.append(picture) }
      }
      XCTAssertGreaterThan(pictures.count, 1, augmentation.name)
    }
  }

  func testRandomCropTakesEveryPlaceAndPadsWithZero() {
    let source = Image(width: 3, height: 2, channels: 1, pixels: [1, 2, 3, 4, 5, 6])
    var seen: Set<[UInt8]> = []
    var generator = RandomStream(seed: 1)
    for _ in 0..<400 { seen.insert(Augmentation.randomCrop(2, padding: 1)(source, &generator).pixels) }
    // 4 × 3 places of a 2×2 window in the padded 5×4 picture.
    XCTAssertEqual(seen.count, 12)
    XCTAssertTrue(seen.contains([0, 0, 0, 1]))
    XCTAssertTrue(seen.contains([6, 0, 0, 0]))
  }

  func testFlipHappensWithItsProbability() {
    let source = Image(width: 2, height: 1, channels: 1, pixels: [1, 2])
    var generator = RandomStream(seed: 2)
    let flips = (0..<4000).count { _ in
      Augmentation.horizontalFlip(probability: 0.25)(source, &generator).pixels == [2, 1]
    }
    XCTAssertEqual(Double(flips) / 4000, 0.25, accuracy: 0.03)
  }

  func testRandomResizedCropHasTheAreaAndRatioAskedFor() throws {
    // A picture whose colour says where it was taken from: red is x, green is y.
    let side = 200
    let pixels = (0..<side * side).flatMap { index -> [UInt8] in
      [UInt8(index % side), UInt8(index / side), 0]
    }
    let source = Image(width: side, height: side, pixels: pixels)
    var areas: [Double] = []
    for seed in 0..<300 as Range<UInt64> {
      var generator = RandomStream(seed: seed)
      let piece = Augmentation.randomResizedCrop(50, scale: 0.2...0.6)(source, &generator)
      let width = (Double(piece[49, 0, 0]) - Double(piece[0, 0, 0])) * 50 / 49
      let height = (Double(piece[0, 49, 1]) - Double(piece[0, 0, 1])) * 50 / 49
      areas.append(width * height / Double(side * side))
      XCTAssertTrue((0.70...1.43).contains(width / height), "\(width / height)")
    }
    XCTAssertTrue(areas.allSatisfy { (0.17...0.63).contains($0) })
    XCTAssertEqual(areas.reduce(0, +) / 300, 0.4, accuracy: 0.03)
  }

  func testLightingMovesAllPixelsTogether() {
    let source = Image(width: 2, height: 1, pixels: [100, 100, 100, 120, 130, 140])
    var generator = RandomStream(seed: 3)
    let lit = Augmentation.lighting(standardDeviation: 0.5)(source, &generator)
    XCTAssertNotEqual(lit, source)
    for channel in 0..<3 {
      let moves = (0..<2).map { Int(lit[$0, 0, channel]) - Int(source[$0, 0, channel]) }
      XCTAssertEqual(moves[0], moves[1])
    }
    // The first component, all of one sign, is by far the largest: the picture gets brighter or darker.
    XCTAssertEqual(Double(Int(lit[0, 0, 0]) - 100), Double(Int(lit[0, 0, 1]) - 100), accuracy: 6)
  }
}
