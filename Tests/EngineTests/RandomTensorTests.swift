import Engine
import TestSupport
import XCTest

final class RandomTensorTests: XCTestCase {
  func testTheSeedDecides() {
    var (a, b, c) = (RandomStream(seed: 1), RandomStream(seed: 1), RandomStream(seed: 2))
    let first = Tensor(randomNormal: [3, 50], generator: &a)
    assertSameBits(first, Tensor(randomNormal: [3, 50], generator: &b))
    XCTAssertNotEqual(first.scalars, Tensor(randomNormal: [3, 50], generator: &c).scalars)
    XCTAssertNotEqual(first.scalars, Tensor(randomNormal: [3, 50], generator: &a).scalars)
    // One after another from the generator, so that a tensor can be drawn in pieces.
    var (whole, pieces) = (RandomStream(seed: 3), RandomStream(seed: 3))
    let x = Tensor(randomUniform: [7, 2], in: -1..<1, generator: &whole)
    let parts = [4, 3].map { Tensor(randomUniform: [$0, 2], in: -1..<1, generator: &pieces) }
    assertSameBits(x, concat(parts, axis: 0))
  }

  /// Means and variances of many numbers lie within five of their standard errors.
  func testMoments() {
    var generator = RandomStream(seed: 4)
    let count = 40_000
    let normal = Tensor(randomNormal: [count], mean: 3, standardDeviation: 2, generator: &generator)
    XCTAssertEqual(normal.mean().scalar, 3, accuracy: 5 * 2 / Float(count).squareRoot())
    XCTAssertEqual(normal.variance().scalar, 4, accuracy: 5 * 4 * (2 / Float(count)).squareRoot())
    let uniform = Tensor(randomUniform: [count], in: -1..<3, generator: &generator)
    XCTAssertEqual(uniform.mean().scalar, 1, accuracy: 5 * 1.16 / Float(count).squareRoot())
    XCTAssertEqual(uniform.variance().scalar, 16.0 / 12, accuracy: 0.05)
    XCTAssertTrue(uniform.scalars.allSatisfy { (-1...3).contains($0) })
  }

  /// Deviations of Glorot's and He's initial weights, of a convolution and of a linear layer.
  func testInitialWeightsHaveTheirDeviation() {
    let fans: [(shape: Shape, input: Double, output: Double)] = [
      ([3, 3, 64, 32], 576, 288), ([128, 512], 512, 128),
    ]
    for (shape, input, output) in fans {
      let expected: [(Initializer, Double)] = [
        (.xavierNormal, (2 / (input + output)).squareRoot()),
        (.xavierUniform, (2 / (input + output)).squareRoot()),
        (.kaimingNormal(), (2 / input).squareRoot()), (.kaimingNormal(.output), (2 / output).squareRoot()),
        (.kaimingUniform(), (2 / input).squareRoot()),
      ]
      for (place, (initializer, deviation)) in expected.enumerated() {
        var generator = RandomStream(seed: UInt64(place))
        let weights = initializer(shape, &generator)
        XCTAssertEqual(
          Double(weights.standardDeviation().scalar), deviation, accuracy: 0.03 * deviation,
          "\(place) \(shape)")
        XCTAssertEqual(Double(weights.mean().scalar), 0, accuracy: 0.03 * deviation, "\(place) \(shape)")
      }
    }
  }
}
