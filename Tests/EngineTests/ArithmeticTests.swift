import Engine
import TestSupport
import XCTest

final class ArithmeticTests: XCTestCase {
  private func check2(
    reference: @escaping (DTensor, DTensor) -> DTensor, _ operation: @escaping (Tensor, Tensor) -> Tensor
  ) {
    var generator = RandomStream(seed: 20)
    for shape in awkwardShapes + [manyTasks] {
      let (x, y) = (generator.tensor(shape), generator.tensor(shape))
      checkOperation(
        [x, y], elements: shape == manyTasks ? 2 : 64, reference: { reference($0[0], $0[1]) }
      ) { operation($0[0], $0[1]) }
      // One tensor on both sides.
      checkOperation([x], gradient: shape != manyTasks, reference: { reference($0[0], $0[0]) }) {
        operation($0[0], $0[0])
      }
      // A gradient on one side alone, with a constant the caller holds and one it does not.
      checkOperation([x], gradient: shape != manyTasks, reference: { reference($0[0], DTensor(y)) }) {
        operation($0[0], y)
      }
      checkOperation([y], gradient: shape != manyTasks, reference: { reference(DTensor(x), $0[0]) }) {
        operation(Tensor(x.scalars, shape: x.shape), $0[0])
      }
    }
  }

  func testAddition() { check2(reference: Reference.add) { $0 + $1 } }

  func testSubtraction() { check2(reference: Reference.subtract) { $0 - $1 } }

  func testMultiplication() { check2(reference: Reference.multiply) { $0 * $1 } }

  func testArithmeticWithNumbers() {
    var generator = RandomStream(seed: 21)
    for shape in awkwardShapes {
      let x = [generator.tensor(shape)]
      checkOperation(x, reference: { $0[0].map { $0 * 3.5 } }) { $0[0] * 3.5 }
      checkOperation(x, reference: { $0[0].map { $0 * 3.5 } }) { 3.5 * $0[0] }
      checkOperation(x, reference: { $0[0].map { $0 / 3.5 } }) { $0[0] / 3.5 }
      checkOperation(x, reference: { $0[0].map { $0 + 3.5 } }) { $0[0] + 3.5 }
      checkOperation(x, reference: { $0[0].map { $0 + 3.5 } }) { 3.5 + $0[0] }
      checkOperation(x, reference: { $0[0].map { $0 - 3.5 } }) { $0[0] - 3.5 }
      checkOperation(x, reference: { $0[0].map { 3.5 - $0 } }) { 3.5 - $0[0] }
      checkOperation(x, reference: { $0[0].map { -$0 } }) { -$0[0] }
    }
  }

  func testOperationsWorkInPlaceOnAnUnsharedBuffer() {
    let y = Tensor(repeating: 3, shape: [100_000])
    var generator = RandomStream(seed: 22)
    let operations: [(String, (consuming Tensor) -> Tensor)] = [
      ("x + y", { $0 + y }), ("y + x", { y + $0 }), ("x - y", { $0 - y }), ("y * x", { y * $0 }),
      ("x * 2", { $0 * 2 }), ("x / 2", { $0 / 2 }), ("2 - x", { 2 - $0 }), ("-x", { -$0 }),
      ("relu", { relu($0) }), ("leakyReLU", { leakyReLU($0) }), ("sigmoid", { sigmoid($0) }),
      ("tanh", { tanh($0) }), ("softmax", { softmax($0) }), ("logSoftmax", { logSoftmax($0) }),
      ("reshape", { $0.reshaped(to: [100_000]) }),
      ("dropout", { dropout($0, probability: 0.5, generator: &generator) }),
    ]
    for (name, operation) in operations {
      let x = Tensor(repeating: 2, shape: [100_000])
      let address = x.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
      let result = operation(consume x)
      XCTAssertEqual(result.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }, address, name)
    }
    XCTAssertEqual(y.scalars[99_999], 3)
  }
}
