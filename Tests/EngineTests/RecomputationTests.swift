import Engine
import TestSupport
import XCTest

/// Gradient checkpointing changes what is kept, and no bit of what is computed.
final class RecomputationTests: XCTestCase {
  private struct Stack {
    let store = ParameterStore(seed: 3)
    let body: Sequential

    /// Eight modules, one of them a chain, with batch norm and dropout.
    init() {
      let scope = store.scope
      func unit(_ name: String, from: Int, to: Int) -> ConvNormActivation {
        ConvNormActivation(
          Conv2d(scope[name]["conv"], from: from, to: to, kernel: 3, padding: 1, bias: false),
          BatchNorm2d(scope[name]["norm"], channels: to))
      }
      body = Sequential([
        unit("first", from: 3, to: 8), Dropout(probability: 0.3),
        Sequential(scope["inner"], [unit("inner.0", from: 8, to: 8), unit("inner.1", from: 8, to: 8)]),
        unit("last", from: 8, to: 6), AdaptiveAvgPool2d(size: 1), Flatten(),
        Dropout(probability: 0.2),
        Linear(scope["fc"], from: 6, to: 4),
      ])
    }

    struct Result {
      let loss: Float
      let gradients: [(name: String, value: Tensor?)]
      let input: Tensor?
      let statistics: [Tensor]
    }

    func train(_ input: Tensor, recomputes: Bool, watchesInput: Bool) -> Result {
      let x = watchesInput ? input.requiringGradient() : input
      let pass = Pass.training(
        generator: RandomStream(seed: 6), collectsStatistics: true, recomputes: recomputes)
      let loss = crossEntropy(body(x, pass), labels: [0, 3, 1])
      let gradients = loss.backward()
      pass.applyStatistics()
      return Result(
        loss: loss.scalar,
        gradients: store.all.filter { $0.role == .weight }.map { ($0.name, gradients[$0]) },
        input: watchesInput ? gradients[x] : nil,
        statistics: store.all.filter { $0.role != .weight }.map(\.value))
    }
  }

  func testBitsOfLossGradientsAndStatistics() throws {
    var generator = RandomStream(seed: 5)
    let input = generator.tensor([3, 9, 8, 3])
    for watchesInput in [false, true] {
      for frozen in [[], ["first.*"], ["first.*", "inner.*"], ["last.*", "fc.bias"]] {
        func train(_ recomputes: Bool) -> Stack.Result {
          let stack = Stack()
          for pattern in frozen { stack.store.freeze(pattern) }
          return stack.train(input, recomputes: recomputes, watchesInput: watchesInput)
        }
        let (plain, again) = (train(false), train(true))
        XCTAssertEqual(again.loss.bitPattern, plain.loss.bitPattern)
        for (a, b) in zip(again.gradients, plain.gradients) {
          XCTAssertEqual(a.value == nil, b.value == nil, "\(a.name) \(frozen)")
          if let x = a.value, let y = b.value { assertSameBits(x, y, "\(a.name) \(frozen)") }
        }
        XCTAssertEqual(again.input == nil, plain.input == nil)
        if let x = again.input, let y = plain.input { assertSameBits(x, y, "input \(frozen)") }
        for (a, b) in zip(again.statistics, plain.statistics) { assertSameBits(a, b, "\(frozen)") }
      }
    }
  }

  /// Sixteen equal layers: what the graph keeps until the sweep is a quarter of their activations and one row more.
  func testLessIsKept() {
    let store = ParameterStore(seed: 1)
    let layers = (0..<16).map { index in
      ConvNormActivation(
        Conv2d(store.scope[index], from: 8, to: 8, kernel: 3, padding: 1, bias: false),
        BatchNorm2d(store.scope["norm"][index], channels: 8))
    }
    let body = Sequential(layers)
    let x = Tensor(repeating: 0.5, shape: [4, 32, 32, 8])
    func kept(_ recomputes: Bool) -> Int {
      keptBytes { body(x, .training(generator: RandomStream(seed: 1), recomputes: recomputes)) }.bytes
    }
    let (plain, again) = (kept(false), kept(true))
    XCTAssertLessThan(again, plain / 2, "\(again) of \(plain) bytes")
    XCTAssertGreaterThan(again, 0)
  }

  /// A parameter of two modules of a row has the sum of both gradients, once.
  func testSharedParameters() throws {
    let store = ParameterStore(seed: 2)
    let first = Conv2d(store.scope["first"], from: 4, to: 4, kernel: 3, padding: 1)
    let second = Conv2d(path: "second", weight: first.weight, padding: 1)
    // One row of three, the first module among them twice.
    let body = Sequential([first, second, first, Flatten(), ReLU()])
    var generator = RandomStream(seed: 7)
    let x = generator.tensor([2, 5, 4, 4])
    func gradients(_ recomputes: Bool) -> Gradients {
      body(x, .training(generator: RandomStream(seed: 1), recomputes: recomputes)).sum().backward()
    }
    let (plain, again) = (gradients(false), gradients(true))
    for parameter in [first.weight, first.bias!] {
      assertClose(
        try XCTUnwrap(again[parameter]), DTensor(try XCTUnwrap(plain[parameter])), absolute: 1e-4,
        relative: 1e-5, parameter.name)
    }
  }
}
