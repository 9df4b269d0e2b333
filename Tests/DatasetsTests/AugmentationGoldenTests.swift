import Datasets
import Engine
import Foundation
import XCTest

/// Against what torchvision makes of small pictures, `scripts/goldens/topics/augmentations.py`. Pictures must have the same
/// bits: torchvision computes them in whole numbers.
final class AugmentationGoldenTests: XCTestCase {
  struct Golden: Decodable {
    struct Picture: Decodable {
      let width, height, channels: Int
      let pixels: Data

      var image: Image { Image(width: width, height: height, channels: channels, pixels: Array(pixels)) }
    }
    struct Operation: Decodable {
      let source: Int
      let operation: String
      let magnitude: Double
      let pixels: Data
    }
    struct Table: Decodable {
      let table, operation: String
      let signed: Bool
      let width, height: Int
      let values: [Double]
    }
    struct Erasing: Decodable {
      struct Size: Decodable {
        let share, aspect: Double
        let width, height: Int
      }
      let sizes: [Size]
      let x, y, width, height: Int
      let color: [UInt8]
      let pixels: Data
    }
    struct Mixing: Decodable {
      struct Case: Decodable {
        let kind: String
        let share: Double
        let column, row: Int?
        let box: [Int]?
        let images, targets: [Float]
      }
      let images: [Float]
      let labels: [Int]
      let cases: [Case]
    }
    struct Colors: Decodable {
      let deviations: [Double]
      let directions: [[Double]]
      let steps: [Float]
      let pixels: Data
    }
    struct Blur: Decodable {
      let source, kernel: Int
      let deviation: Double
      let pixels: Data
    }
    let blurs: [Blur]
    let grey: Data
    let sources: [Picture]
    let operations: [Operation]
    let tables: [Table]
    let erasing: Erasing
    let mixing: Mixing
    let colors: Colors

    static func read() throws -> Golden {
      try JSONDecoder().decode(Golden.self, from: Data(contentsOf: Fixtures.url("augmentations.json")))
    }
  }

  func testOperationsEqualTorchvision() throws {
    let golden = try Golden.read()
    XCTAssertEqual(
      Set(golden.operations.map(\.operation)), Set(PolicyOperation.allCases.map(\.rawValue)))
    for entry in golden.operations {
      let source = golden.sources[entry.source].image
      let operation = try XCTUnwrap(PolicyOperation(rawValue: entry.operation))
      let expected = Image(
        width: source.width, height: source.height, channels: source.channels, pixels: Array(entry.pixels))
      assertSamePixels(
        operation(source, magnitude: entry.magnitude), expected,
        "\(entry.operation) \(entry.magnitude) of \(entry.source)")
    }
  }

  /// The same numbers of single precision: whole pixels and bits hang on the last bit.
  func testMagnitudesEqualTorchvision() throws {
    for entry in try Golden.read().tables {
      let operation = try XCTUnwrap(PolicyOperation(rawValue: entry.operation))
      let table = entry.table == "rand" ? MagnitudeTable.rand : .wide
      let size = Image.Size(width: entry.width, height: entry.height)
      XCTAssertEqual(operation.isSigned, entry.signed, entry.operation)
      for (step, value) in entry.values.enumerated() {
        let own = table.magnitude(of: operation, step: step, of: 31, in: size)
        XCTAssertEqual(Float(own), Float(value), "\(entry.table) \(entry.operation) \(step)")
      }
    }
  }

  func testErasedRectanglesEqualTorchvision() throws {
    let golden = try Golden.read()
    let source = golden.sources[0].image
    XCTAssertTrue(
      golden.erasing.sizes.contains { $0.width == 0 } && golden.erasing.sizes.contains { $0.width > 3 })
    for entry in golden.erasing.sizes {
      let size = source.size.erased(share: entry.share, aspect: entry.aspect)
      XCTAssertEqual(size?.width ?? 0, entry.width, "\(entry)")
      XCTAssertEqual(size?.height ?? 0, entry.height, "\(entry)")
    }
    let erasing = golden.erasing
    let region = Image.Region(x: erasing.x, y: erasing.y, width: erasing.width, height: erasing.height)
    var generator = RandomStream(seed: 0)
    let expected = Image(width: source.width, height: source.height, pixels: Array(erasing.pixels))
    assertSamePixels(source.erasing(region, .color(erasing.color), &generator), expected, "erased")
  }

  /// torchvision computes blurs in single precision: where it comes to a half, the rounding may be another. Greys have the same
  /// bits.
  func testBlursAndGreysEqualTorchvision() throws {
    let golden = try Golden.read()
    for entry in golden.blurs {
      let source = golden.sources[entry.source].image
      let own = source.blurred(kernel: entry.kernel, deviation: entry.deviation).pixels
      XCTAssertEqual(own.count, entry.pixels.count)
      let differences = zip(own, entry.pixels).map { abs(Int($0) - Int($1)) }
      XCTAssertLessThanOrEqual(differences.max() ?? 0, 1, "\(entry.kernel), \(entry.deviation)")
      XCTAssertLessThanOrEqual(
        differences.reduce(0, +), own.count / 100, "\(entry.kernel), \(entry.deviation)")
    }
    let source = golden.sources[0].image
    var generator = RandomStream(seed: 1)
    let grey = Augmentation.randomGrey(probability: 1)(source, &generator)
    let expected = Image(width: source.width, height: source.height, pixels: Array(golden.grey))
    assertSamePixels(grey, expected, "grey")
    XCTAssertEqual(Augmentation.randomGrey(probability: 0)(source, &generator), source)
  }

  /// Pictures within 10⁻⁶, the rounding of the goldens; shares of classes likewise.
  func testMixedBatchesEqualTorchvision() throws {
    let golden = try Golden.read().mixing
    let batch = Batch(images: Tensor(golden.images, shape: [4, 5, 6, 3]), targets: golden.labels)
    for entry in golden.cases {
      let draw: BatchMixing.Draw
      if let column = entry.column, let row = entry.row {
        let region = BatchMixing.region(
          ownShare: entry.share, x: column, y: row, in: Image.Size(width: 6, height: 5))
        XCTAssertEqual(
          [region.x, region.y, region.x + region.width, region.y + region.height], try XCTUnwrap(entry.box))
        draw = .cutmix(region)
      } else {
        draw = .mixup(ownShare: entry.share)
      }
      let mixed = batch.mixed(draw)
      XCTAssertEqual(mixed.targets, batch.targets)
      for (own, expected) in zip(mixed.images.scalars, entry.images) {
        XCTAssertEqual(own, expected, accuracy: 1e-6, "\(entry.kind) \(entry.share)")
      }
      let targets = try XCTUnwrap(mixed.distributions(classes: 3)).scalars
      XCTAssertEqual(targets.count, entry.targets.count)
      for (own, expected) in zip(targets, entry.targets) {
        XCTAssertEqual(own, expected, accuracy: 1e-6, "\(entry.kind) \(entry.share)")
      }
    }
  }

  /// Against NumPy in double precision, within 10⁻⁵: LAPACK works on single precision here.
  func testPrincipalColors() throws {
    let golden = try Golden.read()
    let source = golden.sources[0].image
    let dataset = InMemoryDataset(
      width: source.width, height: source.height, channels: 3, pixels: source.pixels, labels: [0],
      classNames: ["drawing"])
    let colors = try PrincipalColors(of: dataset, preprocessing: Preprocessing(resize: .none))
    XCTAssertEqual(colors.components.count, 3)
    for (index, component) in colors.components.enumerated() {
      XCTAssertEqual(Double(component.deviation), golden.colors.deviations[index], accuracy: 1e-5)
      for (own, expected) in zip(component.direction, golden.colors.directions[index]) {
        XCTAssertEqual(Double(own), expected, accuracy: 1e-4)
      }
    }
    let moved = source.shifted(by: colors.shift(golden.colors.steps))
    for (own, expected) in zip(moved.pixels, golden.colors.pixels) {
      XCTAssertEqual(Int(own), Int(expected), accuracy: 1)
    }
  }
}
