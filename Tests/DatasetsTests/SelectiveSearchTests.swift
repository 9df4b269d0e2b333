import Datasets
import Engine
import Foundation
import TestSupport
import XCTest

/// Selective search: against `scripts/goldens/topics/proposals.py`, and what must be true of any picture.
final class SelectiveSearchTests: XCTestCase {
  private struct Golden: Decodable {
    struct Strategy: Decodable {
      let measures: [String]
      let parts: [[Int]]
      /// Left, top, right, bottom.
      let boxes: [[Int32]]
    }

    let space: ColorSpace
    let scale: Float
    let labels: [Int32]
    let strategies: [Strategy]
  }

  private static let measures: [String: RegionSimilarity] = [
    "color": .color, "texture": .texture, "size": .size, "fill": .fill,
  ]

  private func picture() throws -> Image { try Fixtures.image("proposals.png") }

  func testEqualsTheGoldens() throws {
    let goldens = try JSONDecoder().decode(
      [Golden].self, from: Data(contentsOf: Fixtures.url("proposals.json")))
    XCTAssertEqual(goldens.count, 6)
    let image = try picture()
    for golden in goldens {
      let label = "\(golden.space) \(golden.scale)"
      let segmentation = GraphSegmentation(scale: golden.scale, minimumSize: 20)(image, in: golden.space)
      XCTAssertEqual(segmentation.labels, golden.labels, label)
      let similarities = golden.strategies.map { strategy in
        RegionSimilarity(strategy.measures.map { Self.measures[$0]! })
      }
      let search = SelectiveSearch(
        colorSpaces: [golden.space], scales: [golden.scale], similarities: similarities, minimumSegment: 20)
      let hierarchies = search.hierarchies(of: image)
      XCTAssertEqual(hierarchies.count, golden.strategies.count)
      for (hierarchy, strategy) in zip(hierarchies, golden.strategies) {
        let parts = hierarchy.parts.compactMap { $0.map { [$0.a, $0.b] } }
        XCTAssertEqual(parts, strategy.parts, "\(label) \(strategy.measures)")
        XCTAssertEqual(
          hierarchy.boxes.map { [$0.left, $0.top, $0.right, $0.bottom] }, strategy.boxes,
          "\(label) \(strategy.measures)")
      }
    }
  }

  /// Every region but the last is a part of one that comes later, and is the sum of its parts in size, box and histograms;
  /// the last is the whole picture.
  func testRegionsAreNested() throws {
    let image = try picture()
    let kinds: [(ColorSpace, RegionSimilarity)] = [
      (.hsv, [.color, .texture, .size, .fill]), (.hue, .fill), (.rgI, .color), (.intensity, .size),
    ]
    for (space, similarity) in kinds {
      let planes = ColorPlanes(image, in: space)
      let segmentation = GraphSegmentation(scale: 30, minimumSize: 8)(image, in: space)
      let bins = PixelBins(planes)
      let segments = SegmentFeatures(segmentation, bins)
      let hierarchy = RegionHierarchy(segments, by: similarity, keepsHistograms: true)
      XCTAssertGreaterThan(hierarchy.leaves, 5)
      XCTAssertEqual(hierarchy.sizes.count, 2 * hierarchy.leaves - 1)
      checkLeaves(hierarchy, segmentation, bins)
      var seen: Set<Int> = []
      for (region, parts) in hierarchy.parts.enumerated() {
        XCTAssertEqual(parts == nil, region < hierarchy.leaves)
        guard let (a, b) = parts else { continue }
        XCTAssertTrue(a < region && b < region)
        XCTAssertTrue(seen.insert(a).inserted && seen.insert(b).inserted, "a part of two regions")
        XCTAssertEqual(hierarchy.sizes[region], hierarchy.sizes[a] + hierarchy.sizes[b])
        XCTAssertEqual(hierarchy.boxes[region], hierarchy.boxes[a].union(hierarchy.boxes[b]))
        let (whole, first, second) = (
          hierarchy.histograms(of: region), hierarchy.histograms(of: a), hierarchy.histograms(of: b)
        )
        XCTAssertEqual(whole.color, zip(first.color, second.color).map { $0 + $1 })
        XCTAssertEqual(whole.texture, zip(first.texture, second.texture).map { $0 + $1 })
      }
      XCTAssertEqual(hierarchy.sizes.last, image.width * image.height)
      XCTAssertEqual(
        hierarchy.boxes.last,
        PixelBox(left: 0, top: 0, right: Int32(image.width), bottom: Int32(image.height)))
    }
  }

  /// The segments' boxes and histograms, counted plainly.
  private func checkLeaves(_ hierarchy: RegionHierarchy, _ segmentation: Segmentation, _ bins: PixelBins) {
    for label in 0..<segmentation.count {
      let pixels = segmentation.labels.indices.filter { segmentation.labels[$0] == label }
      let (x, y) = (pixels.map { $0 % segmentation.width }, pixels.map { $0 / segmentation.width })
      XCTAssertEqual(hierarchy.sizes[label], pixels.count)
      XCTAssertEqual(
        hierarchy.boxes[label],
        PixelBox(
          left: Int32(x.min()!), top: Int32(y.min()!), right: Int32(x.max()! + 1), bottom: Int32(y.max()! + 1)
        ))
      let histograms = hierarchy.histograms(of: label)
      for channel in 0..<bins.channels {
        for bin in 0..<25 {
          let count = pixels.filter { bins.color[$0 * bins.channels + channel] == bin }.count
          XCTAssertEqual(histograms.color[channel * 25 + bin], Float(count))
        }
        for direction in 0..<8 {
          for bin in 0..<10 {
            let kind = channel * 8 + direction
            let count = pixels.filter { bins.texture[$0 * bins.channels * 8 + kind] == bin }.count
            XCTAssertEqual(histograms.texture[kind * 10 + bin], Float(count))
          }
        }
      }
      XCTAssertEqual(histograms.color.reduce(0, +), Float(pixels.count * bins.channels))
    }
  }

  func testBoxesAreDistinctAndInsideAndTheFirstOnesAreThoseOfALimit() throws {
    let image = try picture()
    let boxes = SelectiveSearch.fast(image)
    XCTAssertGreaterThan(boxes.count, 20)
    XCTAssertEqual(Set(boxes).count, boxes.count)
    for box in boxes {
      XCTAssertTrue(box.left >= 0 && box.top >= 0 && box.right <= 60 && box.bottom <= 44)
      XCTAssertTrue(box.width >= 1 && box.height >= 1)
    }
    XCTAssertTrue(boxes.contains(BoundingBox(left: 0, top: 0, right: 60, bottom: 44)))
    XCTAssertEqual(SelectiveSearch.fast(image, maximum: 7), Array(boxes.prefix(7)))
    XCTAssertEqual(SelectiveSearch.fast(image, maximum: 0), [])
    var large = SelectiveSearch.fast
    large.minimumSide = 15
    XCTAssertEqual(large(image), boxes.filter { min($0.width, $0.height) >= 15 })
  }

  /// Another seed changes the order and not the boxes; large regions tend to come first.
  func testOrder() throws {
    let image = try picture()
    var other = SelectiveSearch.fast
    other.seed = 1
    let (first, second) = (SelectiveSearch.fast(image), other(image))
    XCTAssertEqual(Set(first), Set(second))
    XCTAssertNotEqual(first, second)
    let half = first.count / 2
    func meanArea(_ boxes: ArraySlice<BoundingBox>) -> Float {
      boxes.map(\.area).reduce(0, +) / Float(boxes.count)
    }
    XCTAssertGreaterThan(meanArea(first[..<half]), meanArea(first[half...]))
  }

  func testBitsDoNotDependOnThreads() throws {
    let image = try picture()
    let expected = withThreads(1) { SelectiveSearch.quality(image) }
    for threads in threadCounts {
      XCTAssertEqual(withThreads(threads) { SelectiveSearch.quality(image) }, expected, "\(threads) threads")
    }
  }

  func testSmallestPictures() {
    for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 2)] {
      for channels in [1, 3] {
        let image = Image(width: width, height: height, channels: channels, repeating: 128)
        XCTAssertEqual(
          SelectiveSearch.fast(image),
          [BoundingBox(left: 0, top: 0, right: Float(width), bottom: Float(height))])
      }
    }
  }

  /// A bright object on a dark ground is proposed to the pixel.
  func testFindsAnObject() {
    var image = Image(width: 80, height: 60, repeating: 30)
    image.paste(Image(width: 24, height: 18, repeating: 210), x: 31, y: 22)
    let object = BoundingBox(left: 31, top: 22, right: 55, bottom: 40)
    let best = SelectiveSearch.fast(image).map { $0.intersectionOverUnion(object) }.max() ?? 0
    XCTAssertGreaterThan(best, 0.8)
  }
}
