import Datasets
import Engine
import Foundation
import TestSupport
import XCTest

/// Descriptions of pictures made by hand: HOG against scikit-image (`scripts/goldens/topics/descriptors.py`), dense SIFT against
/// plain loops.
final class DescriptorTests: XCTestCase {
  private struct Golden: Decodable {
    let width, height, channels: Int
    let root: Bool
    let features: [Double]
  }

  /// Squares of 8×8 pixels of one colour with a little noise, as the goldens' topic `evaluation` draws them.
  private func picture(_ label: String, width: Int, height: Int, channels: Int) -> Image {
    let (colours, noise) = (CounterGenerator(label), CounterGenerator(label + ".noise"))
    let columns = (width + 7) / 8
    return Image(
      width: width, height: height, channels: channels,
      pixels: (0..<width * height * channels).map { place in
        let (channel, x, y) = (place % channels, place / channels % width, place / channels / width)
        let square = Int(colours[((y / 8) * columns + x / 8) * channels + channel] >> 56)
        return UInt8(square * 7 / 8 + Int(noise[place] >> 61) * 4)
      })
  }

  func testHOGIsScikitImages() throws {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: "hog", withExtension: "json", subdirectory: "Fixtures"))
    let goldens = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
    XCTAssertEqual(goldens.count, 6)
    for golden in goldens {
      let source = picture("hog", width: golden.width, height: golden.height, channels: golden.channels)
      let hog = HOG(takesSquareRoot: golden.root)
      let features = hog(source)
      XCTAssertEqual(features.count, hog.count(for: source.size))
      XCTAssertGreaterThan(golden.features.max()!, 0.2)
      assertClose(
        features, golden.features, absolute: 1e-5, relative: 0,
        "\(source.size), \(golden.channels), \(golden.root)")
    }
  }

  func testHOGOfPicturesWithoutGradientsOrBlocks() {
    let hog = HOG()
    let flat = hog(Image(width: 24, height: 16, channels: 3, repeating: 90))
    XCTAssertEqual(flat, [Float](repeating: 0, count: 2 * 36))
    XCTAssertEqual(hog(Image(width: 15, height: 40, channels: 1, repeating: 9)), [])
    XCTAssertEqual(hog.count(for: Image.Size(width: 15, height: 40)), 0)
    XCTAssertEqual(hog.count(for: Image.Size(width: 64, height: 128)), 3780, "Dalal and Triggs' window")
    // A vertical edge: gradients point to the right, the first of nine bins.
    let edge = Image(
      width: 16, height: 16, channels: 1, pixels: (0..<256).map { $0 % 16 < 8 ? 0 : 255 })
    let features = hog(edge)
    XCTAssertTrue(features.indices.allSatisfy { ($0 % 9 == 0) == (features[$0] > 0) }, "\(features)")
  }

  // MARK: SIFT

  /// Everything in Double, each descriptor by itself, pixel by pixel.
  private struct Oracle {
    let width, height: Int
    var plane: [Double]

    init(_ picture: Image, sigma: Double) {
      (width, height) = (picture.width, picture.height)
      plane = picture.converted(toChannels: 1).pixels.map { Double($0) / 255 }
      let radius = Int((4 * sigma).rounded(.up))
      let taps = (-radius...radius).map { exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
      let sum = taps.reduce(0, +)
      for (dx, dy) in [(1, 0), (0, 1)] {
        let before = plane
        for y in 0..<height {
          for x in 0..<width {
            plane[y * width + x] = (-radius...radius).reduce(0.0) { total, tap in
              let (u, v) = (min(max(x + dx * tap, 0), width - 1), min(max(y + dy * tap, 0), height - 1))
              return total + before[v * width + u] * taps[tap + radius] / sum
            }
          }
        }
      }
    }

    /// Length and direction in eighths of a turn; the edge's beyond the picture.
    func gradient(_ x: Int, _ y: Int) -> (length: Double, direction: Double) {
      let (x, y) = (min(max(x, 0), width - 1), min(max(y, 0), height - 1))
      func at(_ x: Int, _ y: Int) -> Double { plane[y * width + x] }
      let dx =
        x == 0
        ? at(1, y) - at(0, y) : x == width - 1 ? at(x, y) - at(x - 1, y) : (at(x + 1, y) - at(x - 1, y)) / 2
      let dy =
        y == 0
        ? at(x, 1) - at(x, 0) : y == height - 1 ? at(x, y) - at(x, y - 1) : (at(x, y + 1) - at(x, y - 1)) / 2
      let angle = atan2(dy, dx)
      return ((dx * dx + dy * dy).squareRoot(), (angle < 0 ? angle + 2 * .pi : angle) * 8 / (2 * .pi))
    }

    /// Of the descriptor whose first part's middle is at a pixel.
    func descriptor(_ left: Int, _ top: Int, size: Int) -> [Double] {
      var values = [Double](repeating: 0, count: 128)
      let (cx, cy) = (Double(left) + 1.5 * Double(size), Double(top) + 1.5 * Double(size))
      for y in top - size...top + 4 * size {
        for x in left - size...left + 4 * size {
          let (length, direction) = gradient(x, y)
          let far = (pow(Double(x) - cx, 2) + pow(Double(y) - cy, 2)) / pow(2 * Double(size), 2)
          for part in 0..<16 {
            let (middleX, middleY) = (left + part % 4 * size, top + part / 4 * size)
            let weight =
              max(0, 1 - abs(Double(x - middleX)) / Double(size))
              * max(0, 1 - abs(Double(y - middleY)) / Double(size))
            for bin in 0..<8 {
              let apart = abs(direction - Double(bin))
              let share = max(0, 1 - min(apart, 8 - apart))
              values[part * 8 + bin] += length * exp(-0.5 * far) * weight * share
            }
          }
        }
      }
      for limit in [0.2, .infinity] {
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        values = values.map { min($0 / norm, limit) }
      }
      return values
    }
  }

  func testSIFTAgainstPlainLoops() throws {
    let source = picture("sift", width: 36, height: 31, channels: 3)
    let sift = DenseSIFT(sizes: [3, 5], step: 6, contrast: 0)
    let found = sift(source)
    var (row, places) = (0, [SIMD2<Float>]())
    for size in sift.sizes {
      let oracle = Oracle(source, sigma: Double(Float(size) / 6))
      let offset = 3 * (5 - size) / 2
      for top in stride(from: offset, through: 30 - 3 * size, by: 6) {
        for left in stride(from: offset, through: 35 - 3 * size, by: 6) {
          let expected = oracle.descriptor(left, top, size: size)
          guard row < found.count else { return XCTFail("there are only \(found.count) descriptors") }
          assertClose(
            found.values.slice(axis: 0, row..<row + 1).scalars, expected, absolute: 2e-5, relative: 0,
            "size \(size) at \(left), \(top)")
          let half = 1.5 * Float(size)
          places.append(SIMD2((Float(left) + half) / 36, (Float(top) + half) / 31))
          row += 1
        }
      }
    }
    XCTAssertEqual(found.count, row)
    XCTAssertGreaterThan(row, 20)
    XCTAssertEqual(found.places, places)
  }

  func testRootSIFT() {
    let source = picture("root", width: 30, height: 28, channels: 1)
    let plain = DenseSIFT(sizes: [4], step: 5)(source)
    let root = DenseSIFT(sizes: [4], step: 5, isRoot: true)(source)
    XCTAssertGreaterThan(plain.count, 3)
    XCTAssertEqual(plain.places, root.places)
    for row in 0..<plain.count {
      let values = plain.values.slice(axis: 0, row..<row + 1).scalars.map { Double($0) }
      let sum = values.reduce(0, +)
      assertClose(
        root.values.slice(axis: 0, row..<row + 1).scalars, values.map { ($0 / sum).squareRoot() },
        absolute: 1e-6, relative: 1e-5)
    }
  }

  func testPlacesAndContrast() {
    let source = picture("places", width: 40, height: 40, channels: 1)
    let both = DenseSIFT(sizes: [4, 6], step: 7, contrast: 0)(source)
    let small = DenseSIFT(sizes: [4], step: 7, contrast: 0)(source)
    // Even sizes share their middles: the smaller one begins three pixels later.
    XCTAssertEqual([small.count, both.count, Set(both.places).count], [16, 32, 16])
    XCTAssertEqual(both.places.first, SIMD2(repeating: 9.0 / 40))
    XCTAssertEqual(both.places.last, SIMD2(repeating: (9 + 21) / 40))
    for flat in [
      Image(width: 40, height: 40, channels: 1, repeating: 77), Image(width: 12, height: 40, repeating: 0),
    ] {
      let none = DenseSIFT(sizes: [4], step: 7)(flat)
      XCTAssertEqual(none.count, 0)
      XCTAssertEqual(none.values.shape, [0, 128])
    }
    // A step of 2 of 255 is there, but says nothing.
    let faint = Image(width: 40, height: 40, channels: 1, pixels: (0..<1600).map { $0 % 40 < 20 ? 100 : 101 })
    XCTAssertEqual(DenseSIFT(sizes: [4], step: 7)(faint).count, 0)
    XCTAssertGreaterThan(DenseSIFT(sizes: [4], step: 7, contrast: 0)(faint).count, 0)
  }
}
