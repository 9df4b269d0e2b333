import Engine
import Foundation
import Models
import TestSupport
import XCTest

/// NT-Xent against plain loops in `Double`.
final class ContrastiveLossTests: XCTestCase {
  /// Equation 1 of Chen et al. as it stands there, rows i and i + N being a pair.
  private func reference(_ z: DTensor, _ temperature: Double) -> Double {
    let (rows, width) = (z.shape[0], z.shape[1])
    func cosine(_ i: Int, _ j: Int) -> Double {
      var (product, a, b) = (0.0, 0.0, 0.0)
      for k in 0..<width {
        product += z[i, k] * z[j, k]
        a += z[i, k] * z[i, k]
        b += z[j, k] * z[j, k]
      }
      return product / (a.squareRoot() * b.squareRoot())
    }
    var sum = 0.0
    for i in 0..<rows {
      let others = (0..<rows).filter { $0 != i }.map { exp(cosine(i, $0) / temperature) }.reduce(0, +)
      sum -= log(exp(cosine(i, (i + rows / 2) % rows) / temperature) / others)
    }
    return sum / Double(rows)
  }

  /// Single precision against double: within 10⁻⁵.
  func testValueEqualsThePapers() {
    var generator = RandomStream(seed: 3)
    for (rows, width, temperature) in [(2, 3, 0.5), (6, 5, 0.5), (8, 4, 0.1), (10, 16, 1.0)] {
      let z = generator.tensor([rows, width], scale: 2)
      assertClose(
        ntXentLoss(z, temperature: Float(temperature)).scalar, reference(DTensor(z), temperature),
        "\(rows)×\(width), \(temperature)")
    }
  }

  func testGradient() {
    var generator = RandomStream(seed: 4)
    for temperature in [0.2, 1.0] {
      checkGradient(
        of: [generator.tensor([6, 5])],
        reference: { DTensor(shape: [], values: [self.reference($0[0], temperature)]) },
        function: { ntXentLoss($0[0], temperature: Float(temperature)) })
    }
  }

  /// Lengths do not count, a vector of zeros has a finite gradient, and nearer pairs cost less.
  func testWhatCounts() {
    let pairs = Tensor([1, 0, 0, 1, 2, 0.1, 0.1, 3], shape: [4, 2])
    let longer = Tensor([5, 0, 0, 7, 2, 0.1, 0.1, 3], shape: [4, 2])
    XCTAssertEqual(ntXentLoss(pairs).scalar, ntXentLoss(longer).scalar, accuracy: 1e-6)
    let crossed = Tensor([1, 0, 0, 1, 0.1, 3, 2, 0.1], shape: [4, 2])
    XCTAssertLessThan(ntXentLoss(pairs).scalar, 0.5)
    XCTAssertGreaterThan(ntXentLoss(crossed).scalar, 1.5)
    XCTAssertEqual(viewsFound(pairs), 4)
    XCTAssertEqual(viewsFound(crossed), 0)
    let zeros = Tensor([0, 0, 0, 1, 1, 0, 0, 1], shape: [4, 2]).requiringGradient()
    let gradient = ntXentLoss(zeros).backward()[zeros]
    XCTAssertEqual(gradient?.scalars.allSatisfy(\.isFinite), true)
  }
}
