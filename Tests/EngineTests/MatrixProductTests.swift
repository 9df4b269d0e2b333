import Engine
import TestSupport
import XCTest

final class MatrixProductTests: XCTestCase {
  func testLeadingAxesBroadcast() {
    let pairs: [(Shape, Shape)] = [
      ([3, 4], [4, 5]), ([1, 1], [1, 1]), ([2, 3, 4], [4, 5]), ([3, 4], [2, 4, 5]), ([2, 3, 4], [2, 4, 5]),
      ([2, 1, 3, 4], [5, 4, 2]), ([9, 2, 3], [9, 3, 2]), ([4, 3, 17], [1, 17, 19]),
      ([1, 3, 17], [12, 17, 1]),
      ([33, 65], [65, 40]), ([2, 3, 2, 2], [1, 1, 2, 3]),
    ]
    var generator = RandomStream(seed: 80)
    for (a, b) in pairs {
      checkOperation(
        [generator.tensor(a), generator.tensor(b)], absolute: 2e-5, elements: 30,
        reference: { Reference.matmul($0[0], $0[1]) }
      ) { matmul($0[0], $0[1]) }
    }
  }

  func testNothingToSumIsZero() {
    let product = matmul(Tensor(zeros: [2, 3, 0]), Tensor(zeros: [0, 4]))
    XCTAssertEqual(product.shape, [2, 3, 4])
    XCTAssertEqual(product.scalars, Array(repeating: 0, count: 24))
  }

  /// Attention: every operation of it, with its gradient.
  func testAttentionIsOneExpression() {
    var generator = RandomStream(seed: 81)
    let inputs = (0..<3).map { _ in generator.tensor([2, 5, 8]) }
    checkOperation(inputs, absolute: 1e-5, elements: 20) {
      let scores = Reference.matmul($0[0], Reference.permute($0[1], [0, 2, 1])).map { $0 / 8.0.squareRoot() }
      return Reference.matmul(Reference.softmax(scores), $0[2])
    } operation: {
      matmul(softmax(matmul($0[0], $0[1].transposed()) / Float(8).squareRoot()), $0[2])
    }
  }
}
