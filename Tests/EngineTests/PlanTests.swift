import Engine
import XCTest

/// The algorithm is a pure function of shape and batch: a table over layers of the networks.
final class PlanTests: XCTestCase {
  private typealias Algorithm = ConvolutionPlan.Algorithm

  private func plan(
    _ batch: Int, _ size: Int, _ ins: Int, _ outs: Int, kernel: Int = 3, stride: Int = 1, groups: Int = 1
  ) -> Algorithm {
    ConvolutionTask(
      ConvolutionGeometry(
        input: [batch, size, size, ins], weight: [kernel, kernel, ins / groups, outs], stride: .init(stride),
        padding: .init(kernel / 2), groups: groups)
    ).plan.algorithm
  }

  func testAlgorithms() {
    let table: [(layer: String, Algorithm, Algorithm)] = [
      ("VGG's first", plan(1, 224, 3, 64), .im2col),
      ("VGG at 224", plan(1, 224, 64, 64), .winograd(.six)),
      ("VGG at 28", plan(1, 28, 512, 512), .winograd(.four)),
      ("VGG at 28, batch 8: weights of 85 MB", plan(8, 28, 512, 512), .winograd(.four)),
      ("VGG at 28, batch 8", plan(8, 28, 256, 512), .winograd(.seven)),
      ("VGG at 14", plan(1, 14, 512, 512), .winograd(.two)),
      ("VGG at 14, batch 8", plan(8, 14, 512, 512), .winograd(.four)),
      ("ResNet's stem", plan(1, 224, 3, 64, kernel: 7, stride: 2), .im2col),
      ("ResNet at 56", plan(1, 56, 64, 64), .winograd(.four)),
      ("ResNet at 56, projection", plan(1, 56, 64, 256, kernel: 1), .pointwise),
      ("ResNet at 28, stride 2", plan(1, 28, 256, 256, stride: 2), .sharedIm2col),
      ("ResNet at 28, stride 2, batch 32", plan(32, 28, 256, 256, stride: 2), .im2col),
      ("ResNet at 7", plan(1, 7, 512, 512), .winograd(.two)),
      ("at 5: more weights to read than products to save", plan(1, 5, 512, 512), .sharedIm2col),
      ("ResNet at 7, batch 32", plan(32, 7, 512, 512), .winograd(.four)),
      ("sixteen channels, few pixels", plan(1, 28, 16, 16), .im2col),
      ("sixteen channels, many pixels", plan(128, 28, 16, 16), .winograd(.four)),
      ("AlexNet's 5×5", plan(1, 27, 64, 192, kernel: 5), .winograd(.twoOfFive)),
      ("channels that are no whole vectors", plan(8, 28, 24, 40), .im2col),
      ("groups", plan(8, 28, 64, 64, groups: 2), .im2col),
      ("depthwise", plan(1, 28, 64, 64, groups: 64), .depthwise),
    ]
    for (layer, algorithm, expected) in table { XCTAssertEqual(algorithm, expected, layer) }
  }

  /// F(6×6, 3×3) and F(7×7, 3×3) are for inference.
  func testTrainingForgoesTheLargestTiles() {
    let g = ConvolutionGeometry(input: [1, 224, 224, 64], weight: [3, 3, 64, 64], padding: 1)
    XCTAssertEqual(ConvolutionTask(g, .inputGradient).plan.algorithm, .winograd(.six))
    for direction in ConvolutionTask.Direction.allCases {
      let task = ConvolutionTask(g, direction, for: .training)
      XCTAssertEqual(task.plan.algorithm, .winograd(.four))
      XCTAssertTrue(
        task.candidates.allSatisfy { ![.winograd(.six), .winograd(.seven)].contains($0.algorithm) })
    }
  }

  /// Tiles cover the output, and a tile of columns begins with a panel of weights.
  func testTiles() {
    for (rows, inner, columns) in [(1, 1, 1), (49, 512, 2048), (3136, 64, 64), (196, 2304, 256), (7, 9, 300)]
    {
      for isPointwise in [false, true] {
        let tiles = ProductTiles(rows: rows, inner: inner, columns: columns, isPointwise: isPointwise)
        XCTAssertTrue((1...rows).contains(tiles.rows), "\(tiles)")
        XCTAssertTrue(tiles.columns == columns || tiles.columns % 16 == 0, "\(tiles)")
        XCTAssertTrue(tiles.rows <= tiles.block ?? rows, "\(tiles)")
      }
    }
  }
}
