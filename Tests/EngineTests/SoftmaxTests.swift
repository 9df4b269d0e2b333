import Engine
import TestSupport
import XCTest

final class SoftmaxTests: XCTestCase {
  private let shapes: [Shape] = [[1, 1], [3, 7], [1, 16], [5, 17], [2, 3, 4, 21], [1000], [97, 1000]]

  func testSoftmax() {
    var generator = RandomStream(seed: 50)
    for shape in shapes {
      checkOperation(
        [generator.tensor(shape, scale: 4)], elements: shape.count > 2000 ? 1 : 32,
        reference: { Reference.softmax($0[0]) }
      ) { softmax($0[0]) }
    }
  }

  func testLogSoftmax() {
    var generator = RandomStream(seed: 51)
    for shape in shapes {
      checkOperation(
        [generator.tensor(shape, scale: 4)], elements: shape.count > 2000 ? 1 : 32,
        reference: { Reference.logSoftmax($0[0]) }
      ) { logSoftmax($0[0]) }
    }
  }

  func testHugeLogitsNeitherOverflowNorBecomeNaN() {
    let x = Tensor([1e38, 1e38, -1e38, -.infinity, 1000, 999], shape: [3, 2])
    assertClose(softmax(x).scalars, [0.5, 0.5, 1, 0, 0.731_058_58, 0.268_941_42], absolute: 1e-6)
    assertClose(
      logSoftmax(x).scalars, [-0.693_147_18, -0.693_147_18, 0, -.infinity, -0.313_261_69, -1.313_261_69],
      absolute: 1e-6)
  }

  func testRowsSumToOne() {
    var generator = RandomStream(seed: 52)
    let sums = softmax(generator.tensor([50, 1000], scale: 10)).sum(axis: 1)
    assertClose(sums, DTensor(shape: [50], values: Array(repeating: 1, count: 50)), absolute: 2e-6)
  }
}
