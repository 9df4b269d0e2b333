import Engine
import TestSupport
import XCTest

final class SummationTests: XCTestCase {
  func testSumAndMeanOfAllElements() {
    var generator = RandomStream(seed: 40)
    for shape in awkwardShapes + [manyTasks, []] {
      let x = [generator.tensor(shape)]
      let elements = shape == manyTasks ? 2 : 64
      checkOperation(x, absolute: 1e-5, elements: elements, reference: { Reference.sum($0[0]) }) {
        $0[0].sum()
      }
      checkOperation(x, elements: elements, reference: { Reference.mean($0[0]) }) { $0[0].mean() }
    }
  }

  func testSumAndMeanAlongAnAxis() {
    fuzz(40, seed: 41) { generator, label in
      let shape = generator.shape(rank: generator.int(1...3), extents: 1...21)
      let axis = generator.int(0...shape.rank - 1)
      let x = [generator.tensor(shape)]
      checkOperation(
        x, elements: 10, "axis \(axis) \(label)", reference: { Reference.sum($0[0], axis: axis) }
      ) {
        $0[0].sum(axis: axis)
      }
      checkOperation(
        x, elements: 10, "axis \(axis) \(label)", reference: { Reference.mean($0[0], axis: axis) }
      ) {
        $0[0].mean(axis: axis)
      }
    }
  }

  func testManyTasksAlongAnAxis() {
    var generator = RandomStream(seed: 42)
    let x = [generator.tensor(manyTasks)]
    for axis in 0..<3 {
      checkOperation(x, gradient: false, "axis \(axis)", reference: { Reference.sum($0[0], axis: axis) }) {
        $0[0].sum(axis: axis)
      }
    }
  }

  func testSumOfMillionsKeepsItsPrecision() {
    let x = Tensor(repeating: 0.1, shape: [4_000_000])
    XCTAssertEqual(x.sum().scalar, Float(4_000_000 * Double(Float(0.1))))
  }
}
