import Engine
import Foundation
import Models
import TestSupport
import XCTest

/// Support vector machines and ridge regression against scikit-learn and NumPy (`scripts/goldens/topics/classical.py`).
final class LinearSVMTests: XCTestCase {
  private struct Goldens: Decodable {
    struct Machine: Decodable {
      let name: String
      let count, width: Int
      let loss: LinearSVM.Loss
      let cost, positive, negative, bias: Float
      let positives: Int
      let weights: [Double]
      let intercept: Double

      var options: LinearSVM.Options {
        LinearSVM.Options(
          cost: cost, loss: loss, positiveWeight: positive, negativeWeight: negative, biasFeature: bias,
          tolerance: 1e-9, maximumPasses: 200_000)
      }
    }

    struct Regression: Decodable {
      let name: String
      let count, width, outputs: Int
      let penalty: Float
      let weights, bias: [Double]
    }

    let machines: [Machine]
    let regressions: [Regression]
  }

  private func goldens() throws -> Goldens {
    let url = Bundle.module.url(forResource: "classical", withExtension: "json", subdirectory: "Fixtures")!
    return try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: url))
  }

  private func features(_ label: String, _ count: Int, _ width: Int) -> Tensor {
    let generator = CounterGenerator(label)
    return Tensor(
      (0..<count * width).map { $0 % 3 == 0 ? 0 : 2 * generator.uniform($0) - 1 }, shape: [count, width])
  }

  private func labels(_ label: String, _ features: Tensor) -> [Bool] {
    let (noise, width, x) = (CounterGenerator(label + ".noise"), features.shape[1], features.scalars)
    return (0..<features.shape[0]).map { row in
      let sum = (0..<(width + 1) / 2).reduce(0.0) { $0 + Double(x[row * width + $1]) }
      return sum + 1.5 * (Double(noise.uniform(row)) - 0.5) > 0.3
    }
  }

  func testEqualsLIBLINEAR() throws {
    let machines = try goldens().machines
    XCTAssertEqual(machines.count, 8)
    for golden in machines {
      let x = features(golden.name, golden.count, golden.width)
      let y = labels(golden.name, x)
      XCTAssertEqual(y.filter { $0 }.count, golden.positives, golden.name)
      let machine = LinearSVM(x, isPositive: y, golden.options)
      XCTAssertTrue(machine.hasConverged, golden.name)
      assertClose(machine.weights, golden.weights, absolute: 1e-5, relative: 1e-5, golden.name)
      assertClose(machine.bias, golden.intercept, absolute: 1e-5, relative: 1e-5, golden.name)
      let decisions = machine.decisions(x)
      for (row, decision) in decisions.enumerated() {
        let expected = (0..<golden.width).reduce(golden.intercept) {
          $0 + golden.weights[$1] * Double(x.scalars[row * golden.width + $1])
        }
        XCTAssertEqual(Double(decision), expected, accuracy: 1e-4, golden.name)
      }
    }
  }

  /// The weights do not depend on the order of visits but for the tolerance; the same seed gives the same bits.
  func testSeedsAndPasses() throws {
    let golden = try goldens().machines[0]
    let x = features(golden.name, golden.count, golden.width)
    let y = labels(golden.name, x)
    var options = golden.options
    let first = LinearSVM(x, isPositive: y, options)
    XCTAssertEqual(first, LinearSVM(x, isPositive: y, options))
    options.seed = 8
    let second = LinearSVM(x, isPositive: y, options)
    XCTAssertNotEqual(first.passes, 1)
    assertClose(second.weights, first.weights.map(Double.init), absolute: 1e-6)
    options.maximumPasses = 1
    let hasty = LinearSVM(x, isPositive: y, options)
    XCTAssertEqual(hasty.passes, 1)
    XCTAssertFalse(hasty.hasConverged)
  }

  func testRidgeEqualsLeastSquares() throws {
    let regressions = try goldens().regressions
    XCTAssertEqual(regressions.count, 3)
    for golden in regressions {
      let x = features(golden.name, golden.count, golden.width)
      let drawn = CounterGenerator(golden.name + ".targets")
      let targets = Tensor(
        (0..<golden.count * golden.outputs).map { index in
          let (row, output) = index.quotientAndRemainder(dividingBy: golden.outputs)
          return drawn.uniform(index) + 2 * x.scalars[row * golden.width + output]
        }, shape: [golden.count, golden.outputs])
      let regression = try RidgeRegression(x, targets: targets, penalty: golden.penalty)
      assertClose(
        regression.weights, DTensor(shape: [golden.outputs, golden.width], values: golden.weights),
        absolute: 1e-5, relative: 1e-4, golden.name)
      assertClose(regression.bias.scalars, golden.bias, absolute: 1e-5, relative: 1e-4, golden.name)
      XCTAssertEqual(regression(x).shape, [golden.count, golden.outputs])
    }
  }

  func testRidgeRefusesWhatIsNotFinite() {
    let x = Tensor([1, .nan, 2, 3], shape: [2, 2])
    XCTAssertThrowsError(try RidgeRegression(x, targets: Tensor([1, 2], shape: [2, 1]), penalty: 1)) {
      error in
      XCTAssertTrue(error is LinearAlgebraError, "\(error)")
    }
  }
}
