import Engine
import Foundation
import TestSupport
import XCTest

final class RegionPoolingTests: XCTestCase {
  /// What torchvision computes; written by `scripts/goldens/topics/detection.py`.
  private struct Golden: Decodable {
    let name: String
    let x, y, seed, gradient: GoldenOperations.Array
    let regions: [Float]
    let size: [Int]
    let scale: Float
    let samplingRatio: Int?
    let aligned: Bool?

    var rectangles: [RegionOfInterest] {
      stride(from: 0, to: regions.count, by: 5).map { k in
        RegionOfInterest(
          image: Int(regions[k]), left: regions[k + 1], top: regions[k + 2], right: regions[k + 3],
          bottom: regions[k + 4])
      }
    }

    func pool(_ x: Tensor) -> Tensor {
      let size = Size2D(size[0], size[1])
      guard let samplingRatio, let aligned else { return roiPool(x, rectangles, size: size, scale: scale) }
      return roiAlign(
        x, rectangles, size: size, scale: scale, samplingRatio: samplingRatio, aligned: aligned)
    }
  }

  func testTorchvision() throws {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: "operations_regions", withExtension: "json", subdirectory: "Fixtures"))
    let goldens = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
    XCTAssertEqual(Set(goldens.map(\.name)), ["roiAlign", "roiPool"])
    for golden in goldens {
      let label = "\(golden.name) \(golden.size) \(golden.scale) \(golden.samplingRatio ?? -1)"
      let x = golden.x.tensor.requiringGradient()
      let y = golden.pool(x)
      assertClose(y, golden.y.dTensor, absolute: 2e-6, label)
      assertClose(y.backward(seed: golden.seed.tensor)[x]!, golden.gradient.dTensor, absolute: 4e-6, label)
    }
  }

  private func regions(
    _ generator: inout RandomStream, _ shape: Shape, scale: Float, levels: Int = 1
  ) -> [RegionOfInterest] {
    (0..<generator.int(0...5)).map { _ in
      func side(_ extent: Int) -> Float { generator.uniform(-3, Float(extent) + 3) / scale }
      let (x, y) = ([side(shape[2]), side(shape[2])], [side(shape[1]), side(shape[1])])
      let isMalformed = generator.int(0...7) == 0
      return RegionOfInterest(
        image: generator.int(0...shape[0] - 1), level: generator.int(0...levels - 1),
        left: isMalformed ? x.max()! : x.min()!, top: y.min()!, right: isMalformed ? x.min()! : x.max()!,
        bottom: y.max()!)
    }
  }

  func testRoIAlign() {
    fuzz(40, seed: 61) { generator, label in
      let shape: Shape = [
        generator.int(1...2), generator.int(1...9), generator.int(1...9),
        generator.element([1, 3, 16, 33, 70]),
      ]
      let x = generator.tensor(shape)
      let scale: Float = generator.element([1, 0.5, 0.25])
      let (samples, aligned) = (generator.int(0...3), generator.bool())
      let size = Size2D(generator.int(1...3), generator.int(1...4))
      let regions = regions(&generator, shape, scale: scale)
      checkOperation([x], "\(regions) \(size) \(scale) \(samples) \(aligned) \(label)") {
        Reference.roiAlign(
          $0[0], regions, size: (size.y, size.x), scale: Double(scale), samplingRatio: samples,
          aligned: aligned)
      } operation: {
        roiAlign($0[0], regions, size: size, scale: scale, samplingRatio: samples, aligned: aligned)
      }
    }
  }

  func testRoIPool() {
    fuzz(40, seed: 62) { generator, label in
      let shape: Shape = [
        generator.int(1...2), generator.int(1...9), generator.int(1...9),
        generator.element([1, 3, 16, 33, 70]),
      ]
      let x = generator.tensor(shape)
      let scale: Float = generator.element([1, 0.5, 0.25])
      let size = Size2D(generator.int(1...3), generator.int(1...4))
      let regions = regions(&generator, shape, scale: scale)
      checkOperation([x], "\(regions) \(size) \(scale) \(label)") {
        Reference.roiPool($0[0], regions, size: (size.y, size.x), scale: Double(scale))
      } operation: {
        roiPool($0[0], regions, size: size, scale: scale)
      }
    }
  }

  /// Regions of several maps at once are what each map's regions are alone, in their places; maps get gradients of their
  /// own, and one that has no region a gradient of zeros.
  func testLevels() {
    var generator = RandomStream(seed: 63)
    let maps = [
      generator.tensor([2, 8, 8, 20]), generator.tensor([2, 4, 4, 20]), generator.tensor([2, 2, 2, 20]),
    ]
    let scales: [Float] = [1, 0.5, 0.25]
    var all: [RegionOfInterest] = []
    while all.count < 9 { all += regions(&generator, maps[0].shape, scale: 1, levels: 2) }
    let leaves = maps.map { $0.requiringGradient() }
    let y = roiAlign(leaves, scales: scales, all, size: 2, samplingRatio: 2)
    let seed = generator.tensor(y.shape)
    let gradients = y.backward(seed: seed)
    for level in 0..<2 {
      let places = all.indices.filter { all[$0].level == level }
      var alone = places.map { all[$0] }
      for index in alone.indices { alone[index].level = 0 }
      let leaf = maps[level].requiringGradient()
      let part = roiAlign(leaf, alone, size: 2, scale: scales[level], samplingRatio: 2)
      assertSameBits(y.detached.indexSelect(places), part)
      assertSameBits(
        gradients[leaves[level]]!, part.backward(seed: seed.indexSelect(places))[leaf]!, "level \(level)")
    }
    assertSameBits(gradients[leaves[2]]!, Tensor(zeros: maps[2].shape))
  }

  /// Halves are rounded away from 0: a region from −0.5 to 0.5 is the cells −1…1, and one from 2.5 to 2.5 is cell 3.
  func testHalvesAreRoundedAwayFromZero() {
    let x = Tensor((0..<6).map(Float.init), shape: [1, 1, 6, 1])
    let region = RegionOfInterest(image: 0, left: -0.5, top: 0, right: 0.5, bottom: 0)
    XCTAssertEqual(roiPool(x, [region], size: Size2D(1, 3)).scalars, [0, 0, 1])
    let half = RegionOfInterest(image: 0, left: 2.5, top: 0, right: 2.5, bottom: 0)
    XCTAssertEqual(roiPool(x, [half], size: 1).scalars, [3])
  }
}
