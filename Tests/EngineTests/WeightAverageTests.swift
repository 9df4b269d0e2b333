import Engine
import TestSupport
import XCTest

/// The moving average of weights against plain loops.
final class WeightAverageTests: XCTestCase {
  private func store() -> ParameterStore {
    let store = ParameterStore(seed: 2)
    _ = store.scope.parameter("weight", [5, 7], .normal(standardDeviation: 1))
    _ = store.scope.parameter("running_mean", [17], role: .statistic, .normal(standardDeviation: 1))
    _ = store.scope.parameter("count", [], role: .counter, .zeros)
    return store
  }

  private func move(_ store: ParameterStore, _ step: Int) {
    var generator = RandomStream(seed: 5).split(step)
    for parameter in store.all { parameter.value = generator.tensor(parameter.shape) }
  }

  func testEveryUpdate() {
    let store = store()
    let average = WeightAverage(of: store, decay: 0.9)
    var expected = store.all.map { DTensor($0.value).values }
    for step in 1...120 {
      move(store, step)
      average.update(after: step)
      let decay = min(0.9, Double(1 + step) / Double(10 + step))
      XCTAssertEqual(average.decay(after: step), decay)
      for (index, parameter) in store.all.enumerated() where parameter.role != .counter {
        let value = parameter.value.scalars
        for i in value.indices {
          expected[index][i] = decay * expected[index][i] + (1 - decay) * Double(value[i])
        }
      }
      XCTAssertEqual(average.state.map(\.name), ["weight", "running_mean"])
      for (found, expected) in zip(average.state, expected) {
        for (a, b) in zip(found.tensor.scalars, expected) { XCTAssertEqual(Double(a), b, accuracy: 2e-6) }
      }
    }
    // By then the decay is the one that was asked for.
    XCTAssertEqual(average.decay(after: 120), 0.9)
  }

  /// The averages are in place inside, the weights again outside, also where the body throws, and a weight that is trained
  /// afterwards does not move its average.
  func testInPlace() {
    struct Stop: Error {}
    let store = store()
    let average = WeightAverage(of: store, decay: 0.5)
    move(store, 1)
    average.update(after: 1)
    let own = store.all.map(\.value.scalars)
    let averages = average.state.map(\.tensor.scalars)
    XCTAssertNotEqual(averages[0], own[0])
    average.whileInPlace {
      XCTAssertEqual(Array(store.all.map(\.value.scalars).prefix(2)), averages)
      XCTAssertEqual(store.all[2].value.scalars, own[2], "a counter is not averaged")
    }
    XCTAssertThrowsError(try average.whileInPlace { throw Stop() })
    XCTAssertEqual(store.all.map(\.value.scalars), own)
    store.all[0].update { $0[0] += 1 }
    XCTAssertEqual(average.state.map(\.tensor.scalars), averages)
  }

  func testItGoesOnFromASavedState() throws {
    let store = store()
    let whole = WeightAverage(of: store, decay: 0.99)
    for step in 1...3 { move(store, step); whole.update(after: step) }
    let resumed = WeightAverage(of: self.store(), decay: 0.99)
    try resumed.restore(whole.state)
    let more = WeightAverage(of: store, decay: 0.99)
    try more.restore(resumed.state)
    for average in [whole, more] {
      for step in 4...5 { move(store, step); average.update(after: step) }
    }
    for (a, b) in zip(more.state, whole.state) { assertSameBits(a.tensor, b.tensor, a.name) }

    let before = whole.state.map(\.tensor.scalars)
    for (state, error) in [
      ([whole.state[0]], OptimizerStateError.missing(name: "running_mean", shape: [17])),
      (whole.state + [("more", Tensor(1))], .unknown(name: "more", shape: [])),
      (whole.state + [whole.state[0]], .duplicate(name: "weight")),
      (
        [("weight", Tensor(zeros: [2])), whole.state[1]],
        .wrongShape(name: "weight", found: [2], expected: [5, 7])
      ),
    ] as [([(name: String, tensor: Tensor)], OptimizerStateError)] {
      XCTAssertThrowsError(try whole.restore(state)) { XCTAssertEqual($0 as? OptimizerStateError, error) }
      XCTAssertEqual(whole.state.map(\.tensor.scalars), before)
    }
  }
}
