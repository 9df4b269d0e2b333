import Engine
import Foundation
import TestSupport
import XCTest

/// LARS against plain loops in `Double`.
final class LARSTests: XCTestCase {
  private let shapes: [(name: String, shape: Shape)] = [
    ("weight", [3, 7]), ("bias", [7]), ("still", [2, 2]),
  ]

  private func parameters() -> [Parameter] {
    let store = ParameterStore(seed: 4)
    return shapes.map { name, shape in
      store.scope.parameter(name, shape, name == "still" ? .zeros : .normal(standardDeviation: 1))
    }
  }

  private func gradients(_ parameters: [Parameter], _ values: [[Float]]) -> Gradients {
    var all = Gradients()
    for (parameter, value) in zip(parameters, values) {
      all[parameter] = Tensor(value, shape: parameter.shape)
    }
    return all
  }

  private let rates = [2.0, 2, 0.5, 0.5]

  private func gradients(of step: Int) -> [[Float]] {
    var generator = RandomStream(seed: 9).split(step)
    return shapes.map { generator.tensor($0.shape).scalars }
  }

  func testEveryStepIsThePapers() {
    for (momentum, decay) in [(0.9, 0.1), (0.9, 0), (0, 0.1)] {
      let parameters = parameters()
      let optimizer = LARS(
        groups: [ParameterGroup(parameters, weightDecay: decay)], learningRate: 0, momentum: momentum,
        trust: 0.01)
      var theta = parameters.map { DTensor($0.value).values }
      var velocity = theta.map { $0.map { _ in 0.0 } }
      for (step, rate) in rates.enumerated() {
        optimizer.learningRate = rate
        let g = gradients(of: step)
        optimizer.step(gradients(parameters, g))
        for i in theta.indices {
          let norm = theta[i].reduce(0) { $0 + $1 * $1 }.squareRoot()
          let slope = g[i].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
          let isAdapted = parameters[i].shape.rank > 1 && norm > 0
          let local = isAdapted ? 0.01 * norm / (slope + decay * norm) : 1
          for j in theta[i].indices {
            velocity[i][j] =
              momentum * velocity[i][j] + rate * local * (Double(g[i][j]) + decay * theta[i][j])
            theta[i][j] -= velocity[i][j]
          }
          for (found, expected) in zip(parameters[i].value.scalars, theta[i]) {
            XCTAssertEqual(
              Double(found), expected, accuracy: 1e-5 * max(1, abs(expected)),
              "μ \(momentum) λ \(decay) step \(step) \(parameters[i].name)")
          }
        }
      }
    }
  }

  func testItGoesOnFromASavedState() throws {
    let (whole, parts) = (parameters(), parameters())
    func optimizer(_ parameters: [Parameter]) -> LARS {
      LARS(groups: [ParameterGroup(parameters, weightDecay: 0.1)], learningRate: 1)
    }
    let one = optimizer(whole)
    for step in 0..<4 { one.step(gradients(whole, gradients(of: step))) }
    let first = optimizer(parts)
    for step in 0..<2 { first.step(gradients(parts, gradients(of: step))) }
    let second = optimizer(parts)
    try second.restore(first.state)
    for step in 2..<4 { second.step(gradients(parts, gradients(of: step))) }
    for (a, b) in zip(parts, whole) { assertSameBits(a.value, b.value, a.name) }
  }
}
