import Engine
import Foundation
import TestSupport
import XCTest

final class PointwiseTests: XCTestCase {
  private func check(
    from low: Float = -4, to high: Float = 4, absolute: Double = 1e-6, relative: Double = 2e-6,
    line: UInt = #line,
    reference: @escaping (Double) -> Double, _ operation: @escaping (Tensor) -> Tensor
  ) {
    var generator = RandomStream(seed: 64)
    for shape in awkwardShapes + [manyTasks] {
      checkOperation(
        [generator.tensor(shape, from: low, to: high)], absolute: absolute, relative: relative,
        gradient: shape != manyTasks, line: line, reference: { $0[0].map(reference) }
      ) { operation($0[0]) }
    }
  }

  func testFunctionsAgainstDouble() {
    check(reference: Foundation.exp) { exp($0) }
    check(from: 0.1, to: 20, reference: Foundation.log) { log($0) }
    check(from: 0.1, to: 20, reference: Foundation.sqrt) { sqrt($0) }
    check(reference: { Swift.abs($0) }) { abs($0) }
    check(reference: { $0 * $0 }) { square($0) }
    check(from: 0.2, reference: { 1 / $0 }) { reciprocal($0) }
    check(from: 0.2, reference: { 3 / $0 }) { 3 / $0 }
    check(reference: { min(max($0, -1), 2) }) { clamp($0, minimum: -1, maximum: 2) }
    check(reference: { max($0, -1) }) { clamp($0, minimum: -1) }
  }

  func testPowers() {
    for exponent: Float in [2, 3, 0.5, -1, 0, 1, 1.7, -2.25] {
      check(from: 0.2, relative: 1e-5, reference: { Foundation.pow($0, Double(exponent)) }) {
        pow($0, exponent)
      }
    }
    check(absolute: 1e-4, reference: { $0 * $0 * $0 * $0 }) { pow($0, 4) }
  }

  func testGELU() {
    check(from: -9, to: 9, reference: { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }) { gelu($0) }
    check(
      from: -9, to: 9,
      reference: {
        0.5 * $0 * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
      }
    ) {
      gelu($0, approximation: .tanh)
    }
    // The lower tail keeps its relative precision.
    assertClose(
      gelu(Tensor([-8, -5, -2.5], shape: [3])).scalars,
      [-8, -5, -2.5].map { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }, absolute: 0, relative: 2e-5)
    let extremes = gelu(Tensor([.nan, .infinity, 100, -100], shape: [4])).scalars
    XCTAssertTrue(extremes[0].isNaN)
    XCTAssertEqual(Array(extremes.dropFirst()), [.infinity, 100, 0])
  }

  /// Over the whole range of Float, subnormal numbers too.
  func testLogarithmEverywhere() {
    let x = (0..<4000).map { Float(bitPattern: UInt32($0) &* 536_000 &+ 1) }.filter { $0.isFinite }
    let logs = log(Tensor(x, shape: [x.count]))
    assertClose(logs.scalars, x.map { Foundation.log(Double($0)) }, absolute: 0, relative: 3e-7)
    let nearOne = (-200...200).map { 1 + Float($0) * 0x1p-12 }
    assertClose(
      log(Tensor(nearOne, shape: [nearOne.count])).scalars, nearOne.map { Foundation.log(Double($0)) },
      absolute: 1e-10,
      relative: 3e-7)
    let special = log(Tensor([0, -0.0, -1, .infinity, .nan], shape: [5])).scalars
    XCTAssertEqual(Array(special[..<2]), [-.infinity, -.infinity])
    XCTAssertTrue(special[2].isNaN && special[4].isNaN)
    XCTAssertEqual(special[3], .infinity)
  }

  func testFunctionsWorkInPlaceOnAnUnsharedBuffer() {
    let functions: [(consuming Tensor) -> Tensor] = [
      { exp($0) }, { log($0) }, { sqrt($0) }, { abs($0) }, { square($0) }, { reciprocal($0) },
      { clamp($0, minimum: 0) },
      { gelu($0) }, { pow($0, 1.5) },
    ]
    for function in functions {
      let x = Tensor(repeating: 2, shape: [1000])
      let address = x.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
      let result = function(consume x)
      XCTAssertEqual(result.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }, address)
    }
  }

  func testAgainstPyTorch() throws {
    let functions: [String: (Tensor) -> Tensor] = [
      "gelu": { gelu($0) }, "geluTanh": { gelu($0, approximation: .tanh) }, "exp": { exp($0) },
      "abs": { abs($0) },
      "square": { square($0) }, "clamp": { clamp($0, minimum: -1, maximum: 2) }, "cube": { pow($0, 3) },
      "log": { log($0) }, "sqrt": { sqrt($0) }, "reciprocal": { reciprocal($0) }, "pow": { pow($0, -1.7) },
    ]
    let goldens = try GoldenTensors.load("pointwise")
    XCTAssertEqual(goldens.count, functions.count)
    for golden in goldens {
      let function = try XCTUnwrap(functions[golden.name])
      golden.check { function($0[0]) }
    }
  }
}
