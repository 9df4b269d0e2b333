import Engine
import Foundation
import TestSupport
import XCTest

final class GraphTests: XCTestCase {
  func testOneTensorUsedManyTimesGetsTheSumOfItsGradients() {
    var generator = RandomStream(seed: 90)
    checkGradient(
      of: [generator.tensor([3, 5]), generator.tensor([3, 5])],
      reference: { inputs in
        let x = inputs[0]
        let y = Reference.multiply(Reference.tanh(x), x)
        return Reference.add(
          Reference.subtract(Reference.multiply(y, y), inputs[1]), Reference.multiply(y, inputs[1]))
      },
      function: { inputs in
        let y = tanh(inputs[0]) * inputs[0]
        return (y * y - inputs[1]) + y * inputs[1]
      })
  }

  /// Backward through a diamond whose branches share one gradient buffer: neither may overwrite the other's.
  func testBranchesDoNotOverwriteEachOthersGradients() {
    let x = Tensor(repeating: 0.5, shape: [40]).requiringGradient()
    let gradient = (relu(x) + leakyReLU(-x, negativeSlope: 0.5) + (1 - x)).sum().backward()[x]!
    XCTAssertEqual(gradient.scalars, Array(repeating: 1 - 0.5 - 1, count: 40))
  }

  func testChainOf100000NodesIsSweptAndDroppedWithoutRecursion() {
    let x = Tensor(1).requiringGradient()
    func chain() -> Tensor {
      var y = x
      for _ in 0..<100_000 { y = y + 1 }
      return y
    }
    XCTAssertEqual(chain().backward()[x]!.scalar, 1)
    XCTAssertEqual(chain().scalar, 100_001)
    // Two references to each node.
    var y = x
    for _ in 0..<100_000 { y = (y + y) * 0.5 }
    XCTAssertEqual(y.backward()[x]!.scalar, 1)
  }

  func testGradientOfAnIntermediateResultIsNotKept() {
    let x = Tensor(2).requiringGradient()
    let y = x * 3
    let gradients = (y * y).backward()
    XCTAssertEqual(gradients[x]!.scalar, 36)
    XCTAssertNil(gradients[y])
  }

  func testNoGraphWithoutALeaf() {
    let x = Tensor(repeating: 1, shape: [2, 3])
    let results = [
      relu(x), x + x, x * x, x * 2, concat([x, x], axis: 1), x.slice(axis: 1, 0..<1), x.sum(),
      x.mean(axis: 0), softmax(x), crossEntropy(x, labels: [0, 1]), mse(x, x), x.flattened(),
      relu(x.requiringGradient()).detached,
    ]
    for result in results { XCTAssertNil(result.node) }
  }

  func testSweepReusesTheGradientsBuffer() {
    var y = tanh(Tensor(repeating: 1, shape: [100_000]).requiringGradient())
    for _ in 0..<10 { y = tanh(consume y) }
    let seed = Tensor(repeating: 1, shape: [100_000])
    BufferPool.shared.trim()
    let before = BufferPool.shared.statistics.systemAllocations
    XCTAssertFalse(y.backward(seed: seed).isEmpty)
    // One copy: the seed is still held here.
    XCTAssertLessThanOrEqual(BufferPool.shared.statistics.systemAllocations - before, 1)
  }

  func testCapturedValuesSurviveWorkInPlace() {
    // The product needs both factors; the operations after it would like to overwrite them.
    var generator = RandomStream(seed: 91)
    checkGradient(
      of: [generator.tensor([50])], reference: { $0[0].map { Double.gated($0) } },
      function: { inputs in
        let a = tanh(inputs[0])
        let b = a * sigmoid(inputs[0])
        return relu(a + 3) * b
      })
  }
}

extension Double {
  /// The function of `testCapturedValuesSurviveWorkInPlace`.
  fileprivate static func gated(_ x: Double) -> Double {
    let a = Foundation.tanh(x)
    return (a + 3) * a / (1 + Foundation.exp(-x))
  }
}

final class GradientsTests: XCTestCase {
  private let x = Tensor([1, 2], shape: [2]).requiringGradient()
  private let y = Tensor([3, 4], shape: [2]).requiringGradient()

  func testAccumulationAddsSweeps() {
    var gradients = Gradients()
    XCTAssertTrue(gradients.isEmpty)
    gradients.accumulate((x * 2).sum().backward())
    gradients.accumulate((x * y).sum().backward())
    XCTAssertEqual(gradients[x]!.scalars, [5, 6])
    XCTAssertEqual(gradients[y]!.scalars, [1, 2])
  }

  func testTwoHalvesOfABatchAccumulateToTheWhole() {
    var generator = RandomStream(seed: 92)
    let batch = generator.tensor([6, 5])
    let weight = generator.tensor([6, 5]).requiringGradient()
    func loss(_ rows: Range<Int>) -> Tensor {
      tanh(weight.slice(axis: 0, rows) * batch.slice(axis: 0, rows)).sum() / 6
    }
    var halves = loss(0..<3).backward()
    halves.accumulate(loss(3..<6).backward())
    assertClose(halves[weight]!, loss(0..<6).backward()[weight]!, absolute: 1e-7, relative: 1e-6)
  }

  func testScaleAndNorm() {
    var gradients = (x * y).sum().backward()
    XCTAssertEqual(gradients.norm, Float(30).squareRoot())
    gradients.scale(by: 2)
    XCTAssertEqual(gradients[x]!.scalars, [6, 8])
    XCTAssertEqual(gradients[y]!.scalars, [2, 4])
    // The leaves that the gradients were computed from are untouched.
    XCTAssertEqual(x.scalars, [1, 2])
  }

  func testClippingScalesOnlyWhatIsTooLong() {
    var gradients = (x * y).sum().backward()
    XCTAssertEqual(gradients.clip(toNorm: 10), Float(30).squareRoot())
    XCTAssertEqual(gradients[x]!.scalars, [3, 4])
    XCTAssertEqual(gradients.clip(toNorm: 1), Float(30).squareRoot())
    let factor = 1 / (30.0.squareRoot() + 1e-6)
    assertClose(gradients[x]!.scalars, [3 * factor, 4 * factor], absolute: 0, relative: 1e-6)
    XCTAssertEqual(gradients.norm, 1, accuracy: 1e-6)
  }

  func testFrozenParametersGetNoGradient() {
    let store = ParameterStore()
    let a = store.scope.parameter("a", [3], .constant(2))
    let b = store.scope.parameter("b", [3], .constant(3))
    let statistic = store.scope.parameter("mean", [3], role: .statistic, .constant(5))
    b.isTrainable = false
    func loss(_ pass: Pass) -> Tensor {
      (a.operand(in: pass) * b.operand(in: pass) * statistic.operand(in: pass)).sum()
    }
    let gradients = loss(.training(generator: RandomStream(seed: 0))).backward()
    XCTAssertEqual(gradients[a]!.scalars, [15, 15, 15])
    XCTAssertNil(gradients[b])
    XCTAssertNil(gradients[statistic])
    XCTAssertNil(loss(.inference()).node)
    XCTAssertNotNil(loss(.evaluatingGradients()).node)
    b.isTrainable = true
    XCTAssertEqual(loss(.evaluatingGradients()).backward()[b]!.scalars, [10, 10, 10])
  }
}
