import Engine
import Foundation
import TestSupport
import XCTest

/// Optimizers against PyTorch in float64, element by element after every step
/// (scripts/goldens/topics/optimizers.py), and what PyTorch does not have against plain loops.
final class OptimizerTests: XCTestCase {
  private struct Goldens: Decodable {
    struct Options: Decodable {
      let momentum: Double?
      let nesterov: Bool?
      let weight_decay: Double?
      let betas: [Double]?
      let eps: Double?
      let alpha: Double?
      let centered: Bool?
    }
    struct Run: Decodable {
      let optimizer: String
      let options: Options
      let groups: Bool
      let after: [[String: [Double]]]
    }
    let shapes: [String: [Int]]
    let rates: [Double]
    let start: [String: [Float]]
    let gradients: [[String: [Float]]]
    let runs: [Run]
  }

  private func goldens() throws -> Goldens {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: "optimizers", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: url))
  }

  private func parameters(_ goldens: Goldens) -> [Parameter] {
    let store = ParameterStore()
    return ["a", "b"].map { name in
      let value = Tensor(goldens.start[name]!, shape: Shape(goldens.shapes[name]!))
      return store.scope.parameter(name, value.shape, Initializer { _, _ in value })
    }
  }

  private func gradients(_ values: [(Parameter, [Float])]) -> Gradients {
    var all = Gradients()
    for (parameter, gradient) in values where parameter.isTrainable {
      all.accumulate(
        parameter.operand(in: .evaluatingGradients()).backward(seed: Tensor(gradient, shape: parameter.shape))
      )
    }
    return all
  }

  private func gradients(_ parameters: [Parameter], _ values: [String: [Float]]) -> Gradients {
    gradients(parameters.compactMap { parameter in values[parameter.name].map { (parameter, $0) } })
  }

  private func optimizer(_ run: Goldens.Run, _ parameters: [Parameter]) -> any Optimizer {
    let o = run.options
    let decay = o.weight_decay ?? (run.optimizer == "AdamW" ? 0.01 : 0)
    let groups =
      run.groups
      ? [
        ParameterGroup([parameters[0]], weightDecay: 0.1),
        ParameterGroup([parameters[1]], learningRateScale: 2),
      ] : [ParameterGroup(parameters, weightDecay: decay)]
    let betas = o.betas.map { (first: $0[0], second: $0[1]) } ?? (first: 0.9, second: 0.999)
    switch run.optimizer {
    case "SGD":
      return SGD(
        groups: groups, learningRate: 0.1, momentum: o.momentum ?? 0, nesterov: o.nesterov ?? false)
    case "Adam": return Adam(groups: groups, betas: betas, epsilon: o.eps ?? 1e-8)
    case "AdamW": return AdamW(groups: groups, betas: betas, epsilon: o.eps ?? 1e-8)
    default:
      return RMSProp(
        groups: groups, smoothing: o.alpha ?? 0.99, epsilon: o.eps ?? 1e-8, momentum: o.momentum ?? 0,
        centered: o.centered ?? false)
    }
  }

  private func assertClose(_ found: [Float], _ expected: [Double], _ what: String, line: UInt = #line) {
    XCTAssertEqual(found.count, expected.count, what, line: line)
    for (index, (x, y)) in zip(found, expected).enumerated() {
      XCTAssertEqual(Double(x), y, accuracy: 3e-6 * max(1, abs(y)), "\(what) [\(index)]", line: line)
    }
  }

  func testEveryStepIsPyTorchs() throws {
    let goldens = try goldens()
    XCTAssertEqual(goldens.runs.count, 16)
    for run in goldens.runs {
      let parameters = parameters(goldens)
      let optimizer = optimizer(run, parameters)
      for (step, rate) in goldens.rates.enumerated() {
        optimizer.learningRate = rate
        optimizer.step(gradients(parameters, goldens.gradients[step]))
        for parameter in parameters {
          assertClose(
            parameter.value.scalars, run.after[step][parameter.name]!,
            "\(run.optimizer) \(run.options) step \(step) \(parameter.name)")
        }
      }
    }
  }

  /// The defaults are PyTorch's, AdamW's weight decay included.
  func testDefaults() throws {
    let goldens = try goldens()
    let makers: [String: ([Parameter]) -> any Optimizer] = [
      "SGD": { SGD($0, learningRate: 0.1) }, "Adam": { Adam($0) }, "AdamW": { AdamW($0) },
      "RMSprop": { RMSProp($0) },
    ]
    for (name, make) in makers {
      let parameters = parameters(goldens)
      let optimizer = make(parameters)
      optimizer.learningRate = goldens.rates[0]
      optimizer.step(gradients(parameters, goldens.gradients[0]))
      let run = try XCTUnwrap(goldens.runs.first { $0.optimizer == name })
      assertClose(parameters[0].value.scalars, run.after[0]["a"]!, name)
    }
  }

  /// v ← μv − η(g + λθ); θ ← θ + v, or θ + μv − ηg looking ahead.
  func testReviewMomentumRule() throws {
    let goldens = try goldens()
    for nesterov in [false, true] {
      let parameters = parameters(goldens)
      let optimizer = SGD(
        parameters, learningRate: 0, momentum: 0.9, weightDecay: 0.1, nesterov: nesterov,
        momentumRule: .review)
      var theta = goldens.start["a"]!.map { Double($0) }
      var v = theta.map { _ in 0.0 }
      for (step, rate) in goldens.rates.enumerated() {
        optimizer.learningRate = rate
        optimizer.step(gradients(parameters, goldens.gradients[step]))
        for (i, gradient) in goldens.gradients[step]["a"]!.enumerated() {
          let g = Double(gradient) + 0.1 * theta[i]
          v[i] = 0.9 * v[i] - rate * g
          theta[i] += nesterov ? 0.9 * v[i] - rate * g : v[i]
        }
        assertClose(parameters[0].value.scalars, theta, "review, step \(step), Nesterov \(nesterov)")
      }
    }
  }

  func testMomentumRulesAgreeAtAConstantRateOnly() throws {
    let goldens = try goldens()
    func run(_ rule: SGD.MomentumRule, _ rates: [Double]) -> [Float] {
      let parameters = parameters(goldens)
      let optimizer = SGD(parameters, learningRate: 0, momentum: 0.9, momentumRule: rule)
      for (step, rate) in rates.enumerated() {
        optimizer.learningRate = rate
        optimizer.step(gradients(parameters, goldens.gradients[step]))
      }
      return parameters[0].value.scalars
    }
    let constant = [Double](repeating: 0.05, count: 6)
    assertClose(run(.review, constant), run(.pytorch, constant).map { Double($0) }, "constant")
    let difference = zip(run(.review, goldens.rates), run(.pytorch, goldens.rates)).map { abs($0 - $1) }
      .max()!
    XCTAssertGreaterThan(difference, 0.01)
  }

  func testFrozenParametersKeepTheirValuesAndState() throws {
    let goldens = try goldens()
    let parameters = parameters(goldens)
    let optimizer = Adam(parameters, weightDecay: 0.1)
    let both = gradients(parameters, goldens.gradients[0])
    parameters[1].isTrainable = false
    optimizer.step(both)
    XCTAssertEqual(parameters[1].value.scalars, goldens.start["b"])
    XCTAssertNotEqual(parameters[0].value.scalars, goldens.start["a"])
    XCTAssertEqual(optimizer.state.map(\.name), ["a.first_moment", "a.second_moment", "a.steps"])
  }

  /// Large enough for several tasks and a rest; bits do not depend on the number of threads.
  func testLargeParametersOnAnyNumberOfThreads() {
    let count = 3 * (1 << 15) + 1
    var generator = RandomStream(seed: 1)
    let start = Tensor((0..<count).map { _ in generator.normal() }, shape: [count])
    let gradient = (0..<count).map { _ in generator.normal() }
    let results = threadCounts.map { threads in
      withThreads(threads) {
        let parameter = ParameterStore().scope.parameter("w", start.shape, Initializer { _, _ in start })
        let optimizer = SGD([parameter], learningRate: 0.1, momentum: 0.9, weightDecay: 0.01)
        for _ in 0..<2 { optimizer.step(gradients([(parameter, gradient)])) }
        return parameter.value.scalars
      }
    }
    for result in results { XCTAssertEqual(result, results[0]) }
    let expected = zip(start.scalars, gradient).map { theta, g in
      let first = Double(g) + 0.01 * Double(theta)
      let after = Double(theta) - 0.1 * first
      return after - 0.1 * (0.9 * first + Double(g) + 0.01 * after)
    }
    assertClose(results[0], expected, "SGD")
  }

  func testTheSteadyStateAllocatesNothing() {
    let count = 10_000
    let parameter = ParameterStore().scope.parameter("w", [count], .constant(1))
    let step = gradients([(parameter, [Float](repeating: 0.5, count: count))])
    for optimizer in [
      SGD([parameter], learningRate: 0.1, momentum: 0.9), Adam([parameter]), RMSProp([parameter]),
    ]
      as [any Optimizer]
    {
      optimizer.step(step)
      let place = parameter.value.withUnsafeBufferPointer { $0.baseAddress }
      let before = BufferPool.shared.statistics
      for _ in 0..<5 { optimizer.step(step) }
      XCTAssertEqual(BufferPool.shared.statistics.systemAllocations, before.systemAllocations)
      XCTAssertEqual(parameter.value.withUnsafeBufferPointer { $0.baseAddress }, place)
    }
  }

  // MARK: State

  func testTrainingGoesOnFromASavedState() throws {
    let goldens = try goldens()
    for run in goldens.runs {
      let parameters = parameters(goldens)
      let first = optimizer(run, parameters)
      for step in 0..<3 {
        first.learningRate = goldens.rates[step]
        first.step(gradients(parameters, goldens.gradients[step]))
      }
      let saved = first.state
      let kept = saved.map(\.tensor.scalars)
      let second = optimizer(run, parameters)
      try second.restore(saved)
      for step in 3..<6 {
        second.learningRate = goldens.rates[step]
        second.step(gradients(parameters, goldens.gradients[step]))
      }
      for parameter in parameters {
        assertClose(parameter.value.scalars, run.after[5][parameter.name]!, "\(run.optimizer) resumed")
      }
      // What was saved is a value: later steps do not reach it.
      XCTAssertEqual(saved.map(\.tensor.scalars), kept)
    }
  }

  func testAWrongStateIsRefusedWhole() throws {
    let goldens = try goldens()
    let parameters = parameters(goldens)
    let optimizer = Adam(parameters)
    optimizer.step(gradients(parameters, goldens.gradients[0]))
    let good = optimizer.state
    let before = good.map(\.tensor.scalars)
    func assertThrows(
      _ expected: OptimizerStateError, _ state: [(name: String, tensor: Tensor)], line: UInt = #line
    ) {
      XCTAssertThrowsError(try optimizer.restore(state), line: line) {
        XCTAssertEqual($0 as? OptimizerStateError, expected, line: line)
      }
      XCTAssertEqual(optimizer.state.map(\.tensor.scalars), before, line: line)
    }
    assertThrows(.duplicate(name: "a.steps"), good + good.filter { $0.name == "a.steps" })
    assertThrows(.missing(name: "b.second_moment", shape: [5]), good.filter { $0.name != "b.second_moment" })
    assertThrows(.unknown(name: "c.steps", shape: [1]), good + [("c.steps", Tensor(zeros: [1]))])
    let reshaped = good.map { $0.name == "b.steps" ? (name: $0.name, tensor: Tensor(zeros: [2])) : $0 }
    assertThrows(.wrongShape(name: "b.steps", found: [2], expected: []), reshaped)
    try optimizer.restore([])
    XCTAssertTrue(optimizer.state.isEmpty)
  }
}
