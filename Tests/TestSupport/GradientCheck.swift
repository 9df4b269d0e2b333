import Engine
import XCTest

/// Compares the gradients of `backward` with central differences of the function's result projected on a random
/// tensor.
///
/// The differences are of `reference`, in `Double`, where one is given; otherwise of the function itself, in `Float`,
/// which needs wider tolerances. Elements at a kink, where the two one-sided differences disagree, are left out as in
/// Caffe's `GradientChecker`; it is a failure if that leaves fewer than half of an input's elements.
///
/// - Parameters:
///   - inputs: the tensors that `function` is differentiated by.
///   - seed: of the projection, and of the choice of elements.
///   - step: the distance of the differences; 1e-6 with a reference, 1e-2 without.
///   - absolute: |gradient − difference| ≤ absolute + relative · |difference|; 1e-4 with a reference, 5e-3 without.
///   - relative: 1e-3 with a reference, 2e-2 without.
///   - elements: how many elements of each input are checked at most, chosen at random.
///   - reference: the same function in `Double`.
public func checkGradient(
  of inputs: [Tensor], seed: UInt64 = 1, step: Double? = nil,
  absolute: Double? = nil, relative: Double? = nil, elements: Int = 256,
  reference: (([DTensor]) -> DTensor)? = nil,
  _ message: @autoclosure () -> String = "", file: StaticString = #filePath, line: UInt = #line,
  function: ([Tensor]) -> Tensor
) {
  let step = step ?? (reference == nil ? 1e-2 : 1e-6)
  let absolute = absolute ?? (reference == nil ? 5e-3 : 1e-4)
  let relative = relative ?? (reference == nil ? 2e-2 : 1e-3)
  let failures = gradientFailures(
    of: inputs, seed: seed, step: step, absolute: absolute, relative: relative, elements: elements,
    reference: reference, function: function)
  for failure in failures {
    XCTFail("\(failure), seed \(seed) \(message())", file: file, line: line)
  }
}

/// What ``checkGradient(of:seed:step:absolute:relative:elements:reference:_:file:line:function:)`` finds wrong, at most
/// one finding an input.
package func gradientFailures(
  of inputs: [Tensor], seed: UInt64, step: Double, absolute: Double, relative: Double, elements: Int,
  reference: (([DTensor]) -> DTensor)?, function: ([Tensor]) -> Tensor
) -> [String] {
  var generator = RandomStream(seed: seed)
  var failures: [String] = []
  let leaves = inputs.map { $0.requiringGradient() }
  let result = function(leaves)
  let projection = generator.tensor(result.shape)
  let gradients = result.backward(seed: projection)

  let points = inputs.map(DTensor.init)
  let direction = DTensor(projection)
  func value(_ points: [DTensor]) -> Double {
    (reference?(points) ?? DTensor(function(points.map(\.tensor)))).dot(direction)
  }
  let center = value(points)
  let kink = reference == nil ? 0.05 : 1e-3

  for (number, input) in inputs.enumerated() {
    guard let gradient = gradients[leaves[number]] else {
      failures.append("no gradient for input \(number)")
      continue
    }
    guard gradient.shape == input.shape else {
      failures.append("gradient of input \(number) has shape \(gradient.shape), not \(input.shape)")
      continue
    }
    let actual = gradient.scalars
    let chosen = choose(min(elements, input.count), of: input.count, &generator)
    var kinks = 0
    for offset in chosen {
      var moved = points
      let x = points[number].values[offset]
      moved[number].values[offset] = x + step
      let above = value(moved)
      moved[number].values[offset] = x - step
      let below = value(moved)
      let expected = (above - below) / (2 * step)
      let (right, left) = ((above - center) / step, (center - below) / step)
      if abs(right - left) > kink * (1 + abs(expected)) {
        kinks += 1
        continue
      }
      let difference = abs(Double(actual[offset]) - expected)
      guard difference <= absolute + relative * abs(expected) else {
        failures.append(
          """
          gradient of input \(number) at \(DTensor.index(of: offset, in: input.shape.dimensions)) is \
          \(actual[offset]), the central difference \(expected)
          """)
        break
      }
    }
    if kinks * 2 > chosen.count {
      failures.append("\(kinks) of \(chosen.count) elements of input \(number) lie at kinks")
    }
  }
  return failures
}

/// `wanted` different offsets below `count`: all of them, or the first of a shuffle.
private func choose(_ wanted: Int, of count: Int, _ generator: inout RandomStream) -> ArraySlice<Int> {
  var offsets = Array(0..<count)
  guard wanted < count else { return offsets[...] }
  for i in 0..<wanted { offsets.swapAt(i, generator.int(i...count - 1)) }
  return offsets[..<wanted]
}
