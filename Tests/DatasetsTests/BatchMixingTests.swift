import Datasets
import Engine
import XCTest

final class BatchMixingTests: XCTestCase {
  /// Twelve pictures of one value each, so that what is mixed can be told.
  private struct Plain: Dataset {
    let count = 12
    let classNames = ["a", "b", "c"]

    func example(at index: Int) -> Example<Int> {
      Example(image: Image(width: 10, height: 8, channels: 1, repeating: UInt8(index * 20)), label: index % 3)
    }
  }

  private func batches(_ mixing: BatchMixing?, workers: Int = 2, seed: UInt64 = 3) throws -> [Batch<Int>] {
    let loader = DataLoader(
      Plain(), pipeline: Pipeline(preprocessing: .plain(channels: 1)), mixing: mixing, batchSize: 5,
      seed: seed,
      shuffles: true, workers: workers)
    return try loader.epoch(1).map { try $0.get() }
  }

  func testEveryBatchDrawsItsShareAndWorkersDoNotMatter() throws {
    let plain = try batches(nil)
    for mixing in [BatchMixing(mixup: 0.4), BatchMixing(cutmix: 1), BatchMixing(mixup: 1, cutmix: 1)] {
      let mixed = try batches(mixing)
      XCTAssertEqual(mixed.map(\.indices), plain.map(\.indices), "the order is that of the seed")
      XCTAssertEqual(Set(mixed.map(\.ownShare)).count, mixed.count)
      XCTAssertNotEqual(mixed.map(\.images.scalars), plain.map(\.images.scalars))
      for workers in [1, 7] {
        let again = try batches(mixing, workers: workers)
        XCTAssertEqual(again.map(\.images.scalars), mixed.map(\.images.scalars))
        XCTAssertEqual(again.map(\.ownShare), mixed.map(\.ownShare))
      }
      XCTAssertNotEqual(try batches(mixing, seed: 4).map(\.ownShare), mixed.map(\.ownShare))
    }
  }

  /// The share that is said is the share that is there, whatever was drawn.
  func testTargetsAreWhatPicturesShow() throws {
    for mixing in [BatchMixing(mixup: 1), BatchMixing(cutmix: 1)] {
      for (batch, plain) in zip(try batches(mixing), try batches(nil)) {
        let share = try XCTUnwrap(batch.ownShare)
        let (pixels, length) = (batch.images.scalars, 80)
        for picture in 0..<batch.count {
          let mean = pixels[picture * length..<(picture + 1) * length].reduce(0, +) / 80
          let own = plain.images.scalars[picture * length]
          let other = plain.images.scalars[(picture + batch.count - 1) % batch.count * length]
          XCTAssertEqual(Double(mean), share * Double(own) + (1 - share) * Double(other), accuracy: 1e-4)
        }
        let sums = try XCTUnwrap(batch.distributions(classes: 3)).scalars
        for picture in 0..<batch.count {
          XCTAssertEqual(sums[picture * 3..<picture * 3 + 3].reduce(0, +), 1, accuracy: 1e-6)
        }
        XCTAssertEqual(
          batch.mainLabels,
          share >= 0.5
            ? batch.labels : (0..<batch.count).map { batch.labels[($0 + batch.count - 1) % batch.count] })
      }
    }
  }

  /// Mean ½ and variance 1 / (4 (2α + 1)), within four standard errors; also where α is so small that gamma variates are 0.
  func testBeta() {
    for alpha in [0.01, 0.2, 1, 4] {
      var generator = RandomStream(seed: 8)
      let values = (0..<20_000).map { _ in generator.beta(alpha) }
      XCTAssertTrue(values.allSatisfy { 0...1 ~= $0 })
      let mean = values.reduce(0, +) / 20_000
      let variance = values.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / 20_000
      let expected = 1 / (4 * (2 * alpha + 1))
      XCTAssertEqual(mean, 0.5, accuracy: 4 * (expected / 20_000).squareRoot(), "α \(alpha)")
      XCTAssertEqual(variance, expected, accuracy: 0.03 * expected, "α \(alpha)")
    }
  }

  func testPoliciesDrawEveryOperationAndBothSigns() throws {
    let source = try Fixtures.image("resize_source.png")
    let gradient = Image(
      width: 40, height: 40, channels: 1, pixels: (0..<1600).map { UInt8(20 + $0 % 40 * 5) })
    for augmentation in [Augmentation.randAugment(operations: 1, magnitude: 20), .trivialAugmentWide()] {
      var pictures: Set<[UInt8]> = []
      var (darker, lighter) = (0, 0)
      for seed in 0..<300 as Range<UInt64> {
        var (first, second) = (RandomStream(seed: seed), RandomStream(seed: seed))
        let picture = augmentation(source, &first)
        XCTAssertEqual(picture, augmentation(source, &second), augmentation.name)
        pictures.insert(picture.pixels)
        var generator = RandomStream(seed: seed)
        let middle = augmentation(gradient, &generator)[39, 39, 0]
        if middle < gradient[39, 39, 0] { darker += 1 } else if middle > gradient[39, 39, 0] { lighter += 1 }
      }
      XCTAssertGreaterThan(pictures.count, 20, augmentation.name)
      XCTAssertGreaterThan(min(darker, lighter), 10, augmentation.name)
    }
    // With one magnitude for all: fourteen operations, of which nine have two signs, at most.
    var pictures: Set<[UInt8]> = []
    for seed in 0..<400 as Range<UInt64> {
      var generator = RandomStream(seed: seed)
      pictures.insert(Augmentation.randAugment(operations: 1, magnitude: 20)(source, &generator).pixels)
    }
    XCTAssertEqual(pictures.count, 23)
  }

  func testErasingKeepsItsShareAndProbability() {
    let source = Image(width: 60, height: 50, channels: 1, repeating: 200)
    let augmentation = Augmentation.randomErasing(probability: 0.3, scale: 0.1...0.2, fill: .color([5]))
    var erased = 0
    for seed in 0..<600 as Range<UInt64> {
      var generator = RandomStream(seed: seed)
      let share = Double(augmentation(source, &generator).pixels.count { $0 == 5 }) / 3000
      if share == 0 { continue }
      erased += 1
      XCTAssertTrue((0.09...0.21).contains(share), "\(share)")
    }
    XCTAssertEqual(Double(erased) / 600, 0.3, accuracy: 0.07)
    var generator = RandomStream(seed: 1)
    let noisy = Augmentation.randomErasing(
      probability: 1, scale: 0.2...0.3, fill: .noise(mean: [0.5], standardDeviation: [0.2]))(
        source, &generator)
    let drawn = noisy.pixels.filter { $0 != 200 }.map { Double($0) / 255 }
    XCTAssertEqual(drawn.reduce(0, +) / Double(drawn.count), 0.5, accuracy: 0.05)
  }

  /// Boxes and masks go with what RandAugment moves.
  func testAffineChangesMoveTargets() {
    let change = GeometricChange.affine(.translation(x: 3, y: -2))
    let box = LabelledBox(BoundingBox(left: 4, top: 5, right: 8, bottom: 9), label: 1)
    let moved = box.transformed(by: change, in: Image.Size(width: 20, height: 20))
    XCTAssertEqual(moved?.box, BoundingBox(left: 7, top: 3, right: 11, bottom: 7))
    let map = AffineMap(x: (1.5, 0.3, -2), y: (-0.2, 0.8, 1))
    for point in [SIMD2(0.0, 0.0), SIMD2(3.5, -7), SIMD2(100, 20)] {
      let back = map.destination(of: map.source(of: point))
      XCTAssertEqual(back.x, point.x, accuracy: 1e-9)
      XCTAssertEqual(back.y, point.y, accuracy: 1e-9)
    }
    // A picture and a mask of the same values stay the same.
    let values = (0..<63).map { UInt8($0 % 7 + 1) }
    let mask = SegmentationMask(width: 9, height: 7, classes: values)
    let image = Image(width: 9, height: 7, channels: 1, pixels: values)
    for map in [
      AffineMap.shear(rowsBy: 0.4), .translation(x: 2, y: 1), .rotation(degrees: 31, in: image.size),
    ] {
      let change = GeometricChange.affine(map)
      XCTAssertEqual(
        image.transformed(by: change).pixels, mask.transformed(by: change, in: image.size).classes)
    }
  }
}
