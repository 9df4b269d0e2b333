import Datasets
import Engine
import TestSupport
import XCTest

/// Segments of pictures against plain loops.
final class GraphSegmentationTests: XCTestCase {
  /// Edges sorted plainly, segments as numbers that are written over, and the heaviest edge within each kept by itself.
  private func reference(_ picture: ColorPlanes, scale: Double, minimumSize: Int) -> [Int32] {
    let (width, height) = (picture.width, picture.height)
    var edges: [(weight: Double, a: Int, b: Int)] = []
    for y in 0..<height {
      for x in 0..<width {
        for (dx, dy) in [(1, 0), (0, 1), (1, 1), (1, -1)]
        where x + dx < width && 0..<height ~= y + dy {
          let (a, b) = (y * width + x, (y + dy) * width + x + dx)
          let squares = picture.planes.reduce(0.0) { $0 + pow(Double($1[a]) - Double($1[b]), 2) }
          edges.append((squares.squareRoot(), a, b))
        }
      }
    }
    let order = edges.indices.sorted { (edges[$0].weight, $0) < (edges[$1].weight, $1) }
    var labels = Array(0..<width * height)
    var (heaviest, sizes) = (
      [Double](repeating: 0, count: labels.count), [Int](repeating: 1, count: labels.count)
    )
    for isBySize in [false, true] {
      for index in order {
        let (a, b) = (labels[edges[index].a], labels[edges[index].b])
        if a == b { continue }
        let limit = min(heaviest[a] + scale / Double(sizes[a]), heaviest[b] + scale / Double(sizes[b]))
        guard isBySize ? min(sizes[a], sizes[b]) < minimumSize : edges[index].weight <= limit else {
          continue
        }
        for pixel in labels.indices where labels[pixel] == b { labels[pixel] = a }
        heaviest[a] = edges[index].weight
        sizes[a] += sizes[b]
      }
    }
    var numbers: [Int: Int32] = [:]
    return labels.map { label in
      if numbers[label] == nil { numbers[label] = Int32(numbers.count) }
      return numbers[label]!
    }
  }

  func testEqualsPlainLoops() {
    var counts: Set<Int> = []
    fuzz(60, seed: 5) { generator, label in
      let (width, height) = (generator.int(1...14), generator.int(1...14))
      // Whole numbers, so that ties are ties in both.
      let planes = (0..<generator.element([1, 3])).map { _ in
        let steps = generator.int(1...12)
        return (0..<width * height).map { _ in Float(generator.int(0...steps) * generator.int(1...3)) }
      }
      let picture = ColorPlanes(width: width, height: height, planes: planes)
      let (scale, minimumSize) = (generator.element([0, 0.7, 3.3, 20, 100]), generator.int(0...9))
      let segmentation = GraphSegmentation(scale: Float(scale), minimumSize: minimumSize, smoothing: 0)
        .segments(PixelEdges(picture))
      XCTAssertEqual(
        segmentation.labels, reference(picture, scale: scale, minimumSize: minimumSize), label)
      XCTAssertEqual(segmentation.count, Set(segmentation.labels).count, label)
      XCTAssertEqual([segmentation.width, segmentation.height], [width, height], label)
      counts.insert(segmentation.count)
    }
    XCTAssertGreaterThan(counts.count, 8, "the cases are alike")
  }

  func testTwoHalves() {
    var image = Image(width: 40, height: 30, repeating: 20)
    image.paste(Image(width: 17, height: 30, repeating: 220), x: 23, y: 0)
    let segmentation = GraphSegmentation(scale: 100, minimumSize: 200)(image)
    XCTAssertEqual(segmentation.count, 2)
    for (pixel, label) in segmentation.labels.enumerated() where abs(pixel % 40 - 23) > 2 {
      XCTAssertEqual(label, pixel % 40 < 23 ? 0 : 1)
    }
  }

  func testSegmentsReachTheLeastSize() {
    var generator = RandomStream(seed: 9)
    let noise = Image(
      width: 32, height: 24,
      pixels: (0..<32 * 24 * 3).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
    let segmentation = GraphSegmentation(scale: 1, minimumSize: 25, smoothing: 0)(noise)
    let sizes = segmentation.labels.reduce(into: [Int](repeating: 0, count: segmentation.count)) {
      $0[Int($1)] += 1
    }
    XCTAssertGreaterThan(sizes.count, 3)
    XCTAssertTrue(sizes.allSatisfy { $0 >= 25 }, "\(sizes)")
  }

  func testSmoothingEqualsPlainLoops() {
    fuzz(10, seed: 3) { generator, label in
      let (width, height) = (generator.int(1...20), generator.int(1...20))
      let plane = (0..<width * height).map { _ in generator.uniform(0, 255) }
      let sigma = generator.element([0.5, 0.8, 1, 1.7] as [Float])
      let (smooth, derivative) = (
        PlaneFilter.Taps.gaussian(sigma), PlaneFilter.Taps.gaussianDerivative(sigma)
      )
      XCTAssertEqual(smooth.weights.reduce(0, +), 1, accuracy: 1e-6)
      let radius = Int((4 * sigma).rounded(.up))
      func gauss(_ offset: Int) -> Double { exp(-0.5 * pow(Double(offset) / Double(sigma), 2)) }
      let sum = (-radius...radius).map(gauss).reduce(0, +)
      var expected: [Double] = []
      for y in 0..<height {
        for x in 0..<width {
          var value = 0.0
          for dy in -radius...radius {
            for dx in -radius...radius {
              let (row, column) = (max(0, min(height - 1, y + dy)), max(0, min(width - 1, x + dx)))
              let slope = Double(dx) / pow(Double(sigma), 2)
              value += gauss(dx) * gauss(dy) / (sum * sum) * slope * Double(plane[row * width + column])
            }
          }
          expected.append(value)
        }
      }
      let filtered = PlaneFilter.filtered(
        plane, width: width, height: height, horizontal: derivative, vertical: smooth)
      assertClose(filtered, expected, absolute: 2e-4, relative: 1e-5, label)
    }
  }

  /// Each channel by its formula in Double.
  func testColorSpaces() {
    var generator = RandomStream(seed: 2)
    var pixels: [UInt8] = [0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 7, 7, 7]
    pixels += (0..<120).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let image = Image(width: pixels.count / 3, height: 1, pixels: pixels)
    let colors = stride(from: 0, to: pixels.count, by: 3).map { pixels[$0..<$0 + 3].map(Double.init) }
    func check(_ space: ColorSpace, _ formula: ([Double]) -> [Double]) {
      let planes = ColorPlanes(image, in: space).planes
      XCTAssertEqual(planes.count, space.channels)
      for channel in planes.indices {
        assertClose(
          planes[channel], colors.map { formula($0)[channel] }, absolute: 1e-3, "\(space) \(channel)")
        XCTAssertTrue(planes[channel].allSatisfy { -0.01...255.01 ~= $0 }, "\(space) \(channel)")
      }
    }
    func shares(_ c: [Double]) -> [Double] {
      let sum = c.reduce(0, +)
      return c.map { sum == 0 ? 85 : 255 * $0 / sum }
    }
    func hue(_ c: [Double]) -> Double {
      let (high, low) = (c.max()!, c.min()!)
      if high == low { return 0 }
      let sector =
        c[0] == high
        ? (c[1] - c[2]) / (high - low)
        : c[1] == high ? 2 + (c[2] - c[0]) / (high - low) : 4 + (c[0] - c[1]) / (high - low)
      return (sector < 0 ? sector + 6 : sector) * 255 / 6
    }
    check(.rgb) { $0 }
    check(.intensity) { [$0.reduce(0, +) / 3] }
    check(.normalizedRGB, shares)
    check(.rgI) { Array(shares($0).prefix(2)) + [$0.reduce(0, +) / 3] }
    check(.hue) { [hue($0)] }
    check(.hsv) { [hue($0), $0.max()! == 0 ? 0 : 255 * ($0.max()! - $0.min()!) / $0.max()!, $0.max()!] }
    check(.lab) { c in
      let light = c.map { $0 / 255 <= 0.04045 ? $0 / 255 / 12.92 : pow(($0 / 255 + 0.055) / 1.055, 2.4) }
      func f(_ t: Double) -> Double { t > 0.008856 ? pow(t, 1.0 / 3) : 7.787 * t + 16.0 / 116 }
      let x = f((0.412453 * light[0] + 0.357580 * light[1] + 0.180423 * light[2]) / 0.950456)
      let y = f(0.212671 * light[0] + 0.715160 * light[1] + 0.072169 * light[2])
      let z = f((0.019334 * light[0] + 0.119193 * light[1] + 0.950227 * light[2]) / 1.088754)
      return [2.55 * (116 * y - 16), 500 * (x - y) + 128, 200 * (y - z) + 128]
    }
    let grey = Image(width: 2, height: 1, channels: 1, pixels: [9, 200])
    XCTAssertEqual(ColorPlanes(grey, in: .rgb).planes, [[9, 200], [9, 200], [9, 200]])
  }
}
