import Engine
import TestSupport
import XCTest

final class JoiningTests: XCTestCase {
  func testConcatAlongEveryAxis() {
    fuzz(40, seed: 30) { generator, label in
      let shape = generator.shape(rank: generator.int(1...4), extents: 1...6)
      let axis = generator.int(0...shape.rank - 1)
      let parts = (0..<generator.int(1...4)).map { _ in
        var dimensions = shape.dimensions
        dimensions[axis] = generator.int(1...20)
        return generator.tensor(Shape(dimensions))
      }
      checkOperation(
        parts, absolute: 0, relative: 0, elements: 10, "axis \(axis) \(label)",
        reference: { Reference.concat($0, axis: axis) }
      ) { concat($0, axis: axis) }
    }
  }

  func testConcatOfOneTensorTwiceAddsItsGradients() {
    var generator = RandomStream(seed: 31)
    checkOperation(
      [generator.tensor([2, 3, 3, 5])], reference: { Reference.concat([$0[0], $0[0]], axis: 3) }
    ) {
      concat([$0[0], $0[0]], axis: 3)
    }
  }

  func testConcatGivesNoGradientToConstants() {
    let x = Tensor([1, 2], shape: [2, 1]).requiringGradient()
    let constant = Tensor([3, 4], shape: [2, 1])
    let gradients = (concat([constant, x], axis: 1) * Tensor([1, 2, 3, 4], shape: [2, 2])).sum().backward()
    XCTAssertEqual(gradients[x]!.scalars, [2, 4])
    XCTAssertNil(gradients[constant])
  }

  func testSlice() {
    fuzz(40, seed: 32) { generator, label in
      let shape = generator.shape(rank: generator.int(1...4), extents: 1...8)
      let axis = generator.int(0...shape.rank - 1)
      let start = generator.int(0...shape[axis] - 1)
      let range = start..<generator.int(start + 1...shape[axis])
      checkOperation(
        [generator.tensor(shape)], absolute: 0, relative: 0, elements: 10, "axis \(axis) \(range) \(label)",
        reference: { Reference.slice($0[0], axis: axis, range) }
      ) { $0[0].slice(axis: axis, range) }
    }
  }

  func testEmptySliceIsEmpty() {
    let x = Tensor(repeating: 1, shape: [2, 3])
    XCTAssertEqual(x.slice(axis: 1, 1..<1).shape, [2, 0])
  }

  func testManyTasks() {
    var generator = RandomStream(seed: 33)
    let (x, y) = (generator.tensor([1, 56, 56, 24]), generator.tensor([1, 56, 56, 17]))
    checkOperation(
      [x, y], absolute: 0, relative: 0, gradient: false, reference: { Reference.concat($0, axis: 3) }
    ) { concat($0, axis: 3) }
  }
}
