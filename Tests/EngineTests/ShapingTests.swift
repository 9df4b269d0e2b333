import Engine
import TestSupport
import XCTest

final class ShapingTests: XCTestCase {
  func testPermuteAgainstPlainLoopsAndItsGradient() {
    fuzz(40, seed: 1) { generator, label in
      let shape = generator.shape(rank: generator.int(1...4), extents: 1...9)
      var axes = Array(0..<shape.rank)
      for i in axes.indices { axes.swapAt(i, generator.int(i...axes.count - 1)) }
      let x = generator.tensor(shape)
      assertClose(
        x.permuted(axes), Reference.permute(DTensor(x), axes), absolute: 0, relative: 0,
        "\(shape) \(axes) \(label)")
      checkGradient(
        of: [x], elements: 20, reference: { Reference.permute($0[0], axes) }, "\(shape) \(axes) \(label)"
      ) { $0[0].permuted(axes) }
    }
  }

  func testReshapeKeepsElementsAndReturnsGradientInTheOldShape() {
    var generator = RandomStream(seed: 2)
    let x = generator.tensor([2, 3, 4])
    XCTAssertEqual(x.reshaped(to: [4, 6]).scalars, x.scalars)
    XCTAssertEqual(x.flattened().shape, [2, 12])
    checkGradient(of: [x], reference: { DTensor(shape: [2, 12], values: $0[0].values) }) {
      $0[0].flattened()
    }
  }
}
