import Engine
import XCTest

/// Compares element by element: |actual − expected| ≤ absolute + relative · |expected|. A shape or a NaN that differs
/// fails; the worst element is printed.
public func assertClose(
  _ actual: Tensor, _ expected: DTensor, absolute: Double = 1e-5, relative: Double = 1e-5,
  _ message: @autoclosure () -> String = "", file: StaticString = #filePath, line: UInt = #line
) {
  if let mismatch = mismatch(actual, expected, absolute: absolute, relative: relative) {
    XCTFail("\(mismatch) \(message())", file: file, line: line)
  }
}

/// What ``assertClose(_:_:absolute:relative:_:file:line:)`` prints, nil where all is well.
package func mismatch(
  _ actual: Tensor, _ expected: DTensor, absolute: Double, relative: Double
) -> String? {
  guard actual.shape.dimensions == expected.shape else {
    return "shape \(actual.shape), expected \(expected.shape)"
  }
  var failures = 0
  var worst = (excess: -Double.infinity, offset: 0)
  let values = actual.scalars
  for (offset, (a, e)) in zip(values, expected.values).enumerated() {
    let excess = excess(Double(a), e, absolute, relative)
    if excess > 0 { failures += 1 }
    if excess > worst.excess { worst = (excess, offset) }
  }
  guard failures > 0 else { return nil }
  let (a, e) = (Double(values[worst.offset]), expected.values[worst.offset])
  return """
    \(failures) of \(values.count) elements differ; worst at \(DTensor.index(of: worst.offset, in: expected.shape)): \
    \(a), expected \(e), difference \(abs(a - e)), allowed \(absolute + relative * abs(e))
    """
}

/// How far the difference exceeds what is allowed; 0 or less is good. NaN equals NaN alone, an infinity itself.
private func excess(_ actual: Double, _ expected: Double, _ absolute: Double, _ relative: Double) -> Double {
  if actual == expected || (actual.isNaN && expected.isNaN) { return -absolute }
  let excess = abs(actual - expected) - (absolute + relative * abs(expected))
  return excess.isNaN ? .infinity : excess
}

public func assertClose(
  _ actual: Tensor, _ expected: Tensor, absolute: Double = 1e-5, relative: Double = 1e-5,
  _ message: @autoclosure () -> String = "", file: StaticString = #filePath, line: UInt = #line
) {
  assertClose(
    actual, DTensor(expected), absolute: absolute, relative: relative, message(), file: file, line: line)
}

/// As the others, for plain arrays.
public func assertClose(
  _ actual: [Float], _ expected: [Double], absolute: Double = 1e-5, relative: Double = 1e-5,
  _ message: @autoclosure () -> String = "", file: StaticString = #filePath, line: UInt = #line
) {
  assertClose(
    Tensor(actual, shape: [actual.count]), DTensor(shape: [expected.count], values: expected),
    absolute: absolute, relative: relative, message(), file: file, line: line)
}

public func assertClose(
  _ actual: Float, _ expected: Double, absolute: Double = 1e-5, relative: Double = 1e-5,
  _ message: @autoclosure () -> String = "", file: StaticString = #filePath, line: UInt = #line
) {
  assertClose(
    [actual], [expected], absolute: absolute, relative: relative, message(), file: file, line: line)
}

/// Compares bit by bit: NaN patterns and the sign of zero count.
public func assertSameBits(
  _ actual: Tensor, _ expected: Tensor,
  _ message: @autoclosure () -> String = "", file: StaticString = #filePath, line: UInt = #line
) {
  guard actual.shape == expected.shape else {
    return XCTFail("shape \(actual.shape), expected \(expected.shape) \(message())", file: file, line: line)
  }
  let (a, e) = (actual.scalars, expected.scalars)
  guard let offset = a.indices.first(where: { a[$0].bitPattern != e[$0].bitPattern }) else { return }
  XCTFail(
    "bits differ first at \(DTensor.index(of: offset, in: expected.shape.dimensions)): "
      + "\(a[offset]), expected \(e[offset]) \(message())", file: file, line: line)
}
