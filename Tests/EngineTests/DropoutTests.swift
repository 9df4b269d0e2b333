import Engine
import TestSupport
import XCTest

final class DropoutTests: XCTestCase {
  private func mask(_ shape: Shape, _ probability: Float, seed: UInt64) -> Tensor {
    var generator = RandomStream(seed: seed)
    return dropout(Tensor(repeating: 1, shape: shape), probability: probability, generator: &generator)
  }

  func testKeepsTheStatedShareAndScalesIt() {
    let mask = mask([200_000], 0.3, seed: 1).scalars
    XCTAssertEqual(Set(mask), [0, 1 / (1 - 0.3)])
    let dropped = Double(mask.count { $0 == 0 }) / 200_000
    // Five standard deviations of a binomial share.
    XCTAssertEqual(dropped, 0.3, accuracy: 5 * (0.3 * 0.7 / 200_000).squareRoot())
  }

  func testForwardAndGradientAreTheSameMask() {
    for (shape, probability) in [([3, 37], 0.5), ([70_001], 0.2), ([5], 1)] as [(Shape, Float)] {
      let mask = DTensor(mask(shape, probability, seed: 5))
      var random = RandomStream(seed: 51)
      checkOperation(
        [random.tensor(shape)], elements: shape.count > 1000 ? 8 : 64,
        reference: { Reference.multiply($0[0], mask) }
      ) {
        var generator = RandomStream(seed: 5)
        return dropout($0[0], probability: probability, generator: &generator)
      }
    }
  }

  func testGeneratorAdvances() {
    var generator = RandomStream(seed: 7)
    let ones = Tensor(repeating: 1, shape: [1000])
    let first = dropout(ones, probability: 0.5, generator: &generator)
    let second = dropout(ones, probability: 0.5, generator: &generator)
    XCTAssertNotEqual(first.scalars, second.scalars)
    XCTAssertEqual(dropout(ones, probability: 0, generator: &generator).scalars, ones.scalars)
  }
}
