import Engine
import Foundation
import TestSupport
import XCTest

final class BroadcastingTests: XCTestCase {
  /// Pairs of shapes that broadcast, among them rows, columns, scalars, and ones on both sides.
  private let pairs: [(Shape, Shape)] = [
    ([2, 3, 4, 5], [5]), ([5], [2, 3, 4, 5]), ([2, 3, 4, 5], [2, 1, 1, 5]), ([4, 1], [1, 7]),
    ([3, 17], [3, 1]),
    ([], [3, 5]), ([3, 5], []), ([1], [6]), ([2, 1, 3, 1, 5], [4, 1, 6, 1]), ([2, 3, 1], [2, 3, 33]),
    ([1, 1], [1]), ([4, 3], [4, 3]), ([0, 3], [1, 3]),
  ]

  private func check2(
    from low: Float = -2, to high: Float = 2, absolute: Double = 1e-5, relative: Double = 1e-4,
    reference: @escaping (Double, Double) -> Double, _ operation: @escaping (Tensor, Tensor) -> Tensor,
    line: UInt = #line
  ) {
    var generator = RandomStream(seed: 60)
    for (a, b) in pairs {
      let inputs = [generator.tensor(a, from: low, to: high), generator.tensor(b, from: low, to: high)]
      checkOperation(
        inputs, absolute: absolute, relative: relative, elements: 40,
        gradient: inputs.allSatisfy { $0.count > 0 },
        line: line, reference: { Reference.broadcast($0) { reference($0[0], $0[1]) } }
      ) { operation($0[0], $0[1]) }
    }
    let wide = [
      generator.tensor(manyTasks, from: low, to: high), generator.tensor([211, 1], from: low, to: high),
    ]
    checkOperation(
      wide, absolute: absolute, relative: relative, gradient: false, "many tasks", line: line,
      reference: { Reference.broadcast($0) { reference($0[0], $0[1]) } }
    ) { operation($0[0], $0[1]) }
  }

  func testArithmetic() {
    check2(reference: +) { $0 + $1 }
    check2(reference: -) { $0 - $1 }
    check2(reference: *) { $0 * $1 }
    check2(from: 0.5, reference: /) { $0 / $1 }
  }

  func testMaximumAndMinimum() {
    check2(reference: { max($0, $1) }) { maximum($0, $1) }
    check2(reference: { min($0, $1) }) { minimum($0, $1) }
  }

  func testPower() {
    check2(from: 0.5, reference: { Foundation.pow($0, $1) }) { pow($0, $1) }
  }

  func testMaximumOfNaNIsNaNOnEitherSide() {
    let (x, y) = (Tensor([.nan, 1, 2], shape: [3]), Tensor([1, .nan, 3], shape: [3]))
    for result in [maximum(x, y), minimum(x, y), maximum(y, x), minimum(y, x)] {
      XCTAssertEqual(result.scalars.map(\.isNaN), [true, true, false])
    }
  }

  func testShapes() {
    XCTAssertEqual(Shape([2, 1, 4]).broadcast(with: [3, 1]), [2, 3, 4])
    XCTAssertNil(Shape([2, 3]).broadcast(with: [2]))
    XCTAssertEqual(Shape([0, 3]).broadcast(with: [1, 1]), [0, 3])
  }

  func testComparisons() {
    let x = Tensor([1, 2, 3, .nan], shape: [4, 1])
    let y = Tensor([2, .nan], shape: [2])
    XCTAssertEqual((x .< y).scalars, [1, 0, 0, 0, 0, 0, 0, 0])
    XCTAssertEqual((x .<= y).scalars, [1, 0, 1, 0, 0, 0, 0, 0])
    XCTAssertEqual((x .> y).scalars, [0, 0, 0, 0, 1, 0, 0, 0])
    XCTAssertEqual((x .>= y).scalars, [0, 0, 1, 0, 1, 0, 0, 0])
    XCTAssertEqual((x .== y).scalars, [0, 0, 1, 0, 0, 0, 0, 0])
    XCTAssertEqual((x .!= y).scalars, [1, 1, 0, 1, 1, 1, 1, 1])
    XCTAssertEqual((x .> 1).scalars, [0, 1, 1, 0])
    XCTAssertEqual((x .<= 2).scalars, [1, 1, 0, 0])
  }

  func testSelect() {
    var generator = RandomStream(seed: 61)
    let shapes: [(Shape, Shape, Shape)] = [
      ([2, 3, 5], [5], [3, 1]), ([4], [4], [4]), ([3, 1], [1, 7], []), ([], [3], [3]),
    ]
    for (a, b, c) in shapes {
      let condition = generator.tensor(a) .> 0
      checkOperation(
        [generator.tensor(b), generator.tensor(c)], absolute: 0, relative: 0,
        reference: { Reference.broadcast([DTensor(condition)] + $0) { $0[0] != 0 ? $0[1] : $0[2] } }
      ) { select(condition, $0[0], $0[1]) }
    }
    let x = Tensor([-1, 2], shape: [2])
    XCTAssertEqual(select(x .> 0, x, 0).scalars, [0, 2])
  }

  func testBroadcastTo() {
    var generator = RandomStream(seed: 62)
    for (small, large) in [([3, 1], [2, 3, 5]), ([], [2, 2]), ([4], [4])] as [(Shape, Shape)] {
      checkOperation(
        [generator.tensor(small)], absolute: 0, relative: 0,
        reference: { Reference.broadcast([$0[0], DTensor(zeros: large.dimensions)]) { $0[0] } }
      ) { $0[0].broadcast(to: large) }
    }
  }

  /// A constant operand is given no gradient, and one tensor on both sides gets both.
  func testOneTensorTwice() {
    var generator = RandomStream(seed: 63)
    checkOperation(
      [generator.tensor([3, 4])],
      reference: { inputs in
        let x = inputs[0]
        return Reference.broadcast([x, DTensor(shape: [3, 1, 4], values: x.values)]) { $0[0] * $0[1] }
      }
    ) { $0[0] * $0[0].unsqueezed(axis: 1) }
  }

  func testBroadcastingWorksInPlaceOfTheLargerOperand() {
    let row = Tensor(repeating: 2, shape: [10])
    for operation in [{ $0 * row }, { row + $0 }, { $0 / row }, { maximum(row, $0) }]
      as [(consuming Tensor) -> Tensor]
    {
      let x = Tensor(repeating: 3, shape: [10_000, 10])
      let address = x.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
      let result = operation(consume x)
      XCTAssertEqual(result.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }, address)
    }
    XCTAssertEqual(row.scalars, Array(repeating: 2, count: 10))
  }
}
