import Dispatch
import Engine
import Synchronization
import TestSupport
import XCTest

/// What a pass is asked for beside the output.
final class PassTests: XCTestCase {
  private let ones = Tensor(repeating: 1, shape: [4, 500])

  // MARK: Randomness by name

  func testNamedStreamsDoNotDependOnTheOrderOfLayers() {
    let scope = ParameterStore().scope
    let (a, b) = (Dropout(scope["a"]), Dropout(scope["b"], probability: 0.3))
    func masks(_ layers: [Dropout]) -> [String: [Float]] {
      let pass = Pass.training(generator: RandomStream(seed: 9))
      return Dictionary(uniqueKeysWithValues: layers.map { ($0.path, $0(ones, pass).scalars) })
    }
    let expected = masks([a, b])
    XCTAssertEqual(masks([b, a]), expected)
    XCTAssertEqual(masks([b])["b"], expected["b"])
    XCTAssertNotEqual(
      masks([a])["a"], Dropout(scope["c"])(ones, .training(generator: RandomStream(seed: 9))).scalars)
    let mixed = Pass.training(generator: RandomStream(seed: 9))
    _ = Dropout()(ones, mixed)
    XCTAssertEqual(a(ones, mixed).scalars, expected["a"])
    // Neither do they move the numbers of a layer without a name.
    let unnamed = Dropout()
    let pass = Pass.training(generator: RandomStream(seed: 9))
    _ = a(ones, pass)
    XCTAssertEqual(
      unnamed(ones, pass).scalars, unnamed(ones, .training(generator: RandomStream(seed: 9))).scalars)
  }

  func testALayerUsedTwiceHasOtherNumbers() {
    let layer = Dropout(ParameterStore().scope["a"])
    let pass = Pass.training(generator: RandomStream(seed: 9))
    let first = layer(ones, pass).scalars
    XCTAssertNotEqual(layer(ones, pass).scalars, first)
    XCTAssertNotEqual(layer(ones, .training(generator: RandomStream(seed: 10))).scalars, first)
    XCTAssertEqual(layer(ones, .inference()).scalars, ones.scalars)
  }

  // MARK: Statistics

  private struct Small: Sendable {
    let store = ParameterStore(seed: 120)
    let norm: BatchNorm2d
    let body: Sequential

    init() {
      let scope = store.scope
      norm = BatchNorm2d(scope["norm"], channels: 5)
      body = Sequential([
        ConvNormActivation(Conv2d(scope["conv"], from: 3, to: 5, kernel: 3), norm),
        AdaptiveAvgPool2d(size: 1),
        Flatten(), Linear(scope["fc"], from: 5, to: 4),
      ])
    }

    var statistics: [[Float]] {
      [norm.runningMean, norm.runningVariance, norm.batchesTracked].map(\.value.scalars)
    }
  }

  func testCollectedStatisticsAreAppliedLaterWithTheSameBits() {
    let (direct, collected) = (Small(), Small())
    let before = collected.statistics
    var passes: [Pass] = []
    for seed in 1...3 as ClosedRange<UInt64> {
      _ = direct.body(pictures(seed), .training(generator: RandomStream(seed: seed)))
      let pass = Pass.training(generator: RandomStream(seed: seed), collectsStatistics: true)
      _ = collected.body(pictures(seed), pass)
      passes.append(pass)
    }
    XCTAssertEqual(collected.statistics, before)
    XCTAssertNotEqual(direct.statistics, before)
    for pass in passes { pass.applyStatistics() }
    XCTAssertEqual(collected.statistics, direct.statistics)
    for pass in passes { pass.applyStatistics() }  // Once.
    XCTAssertEqual(collected.statistics, direct.statistics)
  }

  // MARK: Gradients

  /// The picture's gradient alone, with the bits that it has among all.
  func testGradientOfTheInputAlone() {
    let network = Small()
    _ = network.body(pictures(1), .training(generator: RandomStream(seed: 1)))
    let x = pictures(2).requiringGradient()
    let all = network.body(x, .evaluatingGradients()).sum().backward()
    let input = network.body(x, .evaluatingGradients(of: .input)).sum().backward()
    XCTAssertEqual(input.leaves.count, 1)
    XCTAssertNil(input.leaves[0].parameter)
    XCTAssertEqual(all.leaves.count, 1 + network.store.trainable.count)
    assertSameBits(input[x]!, all[x]!)
    XCTAssertTrue(input[x]!.scalars.contains { $0 != 0 })
  }

  func testGradientsAreOrderedAndWritable() {
    let network = Small()
    func gradients(_ seed: UInt64) -> Gradients {
      let pass = Pass.training(generator: RandomStream(seed: seed), collectsStatistics: true)
      return crossEntropy(network.body(pictures(seed), pass), labels: [0, 1, 2, 3]).backward()
    }
    var first = gradients(1)
    let second = gradients(2)
    XCTAssertEqual(first.leaves, second.leaves)
    XCTAssertEqual(Set(first.leaves.compactMap(\.parameter)), Set(network.store.trainable.map(\.name)))
    // By leaf, by parameter, and all at once: the same averages.
    var whole = first
    whole.accumulate(second)
    whole.scale(by: 0.5)
    var byParameter = first
    for parameter in network.store.trainable {
      byParameter[parameter] = (first[parameter]! + second[parameter]!) * 0.5
    }
    for leaf in first.leaves { first[leaf] = (first[leaf]! + second[leaf]!) * 0.5 }
    for parameter in network.store.trainable {
      assertSameBits(first[parameter]!, whole[parameter]!, parameter.name)
      assertSameBits(byParameter[parameter]!, whole[parameter]!, parameter.name)
    }
    XCTAssertEqual(first.norm, whole.norm)
    let weight = network.store["fc.weight"]!
    first[weight] = nil
    XCTAssertNil(first[weight])
    XCTAssertFalse(first.leaves.contains { $0.parameter == "fc.weight" })
    first[weight] = Tensor(zeros: weight.shape)
    XCTAssertEqual(first.leaves.last?.parameter, "fc.weight")
  }

  /// Halves of a batch in passes at the same time, added in a fixed order: the bits of one after the other.
  func testPassesAtTheSameTime() {
    let (together, apart) = (Small(), Small())
    @Sendable func half(_ network: Small, _ index: Int) -> (gradients: Gradients, pass: Pass) {
      let pass = Pass.training(generator: RandomStream(seed: UInt64(index)), collectsStatistics: true)
      let output = network.body(pictures(UInt64(index)), pass)
      return (crossEntropy(output, labels: [3, 2, 1, 0]).backward(), pass)
    }
    func step(_ network: Small, _ halves: [Gradients]) {
      var sum = halves[0]
      for other in halves.dropFirst() { sum.accumulate(other) }
      sum.scale(by: 1 / Float(halves.count))
      SGD(network.store.trainable, learningRate: 0.1).step(sum)
    }
    let expected = (0..<4).map { half(apart, $0) }
    step(apart, expected.map(\.gradients))
    for (_, pass) in expected { pass.applyStatistics() }

    struct Found: @unchecked Sendable { var halves: [Int: (gradients: Gradients, pass: Pass)] = [:] }
    let found = Mutex(Found())
    DispatchQueue.concurrentPerform(iterations: 4) { index in
      let result = Found(halves: [index: half(together, index)])
      found.withLock { $0.halves.merge(result.halves) { $1 } }
    }
    let halves = found.withLock { found in (0..<4).map { found.halves[$0]! } }
    step(together, halves.map(\.gradients))
    for (_, pass) in halves { pass.applyStatistics() }
    for (a, b) in zip(together.store.all, apart.store.all) { assertSameBits(a.value, b.value, a.name) }
  }

  /// Where only the input's gradient is asked for, no layer keeps its input for a gradient of its weights.
  func testTheInputsGradientAloneKeepsNoActivations() throws {
    let store = ParameterStore(seed: 1)
    let layers: [any Module] = (0..<8).flatMap { index -> [any Module] in
      [
        Conv2d(store.scope[index], from: 8, to: 8, kernel: 1),
        BatchNorm2d(store.scope["norm"][index], channels: 8),
      ]
    }
    let body = Sequential(layers)
    let x = Tensor(repeating: 0.5, shape: [4, 32, 32, 8]).requiringGradient()
    let (kept, y) = keptBytes { body(x, .evaluatingGradients(of: .input)) }
    XCTAssertLessThan(kept, 3 * y.count * 4, "\(kept) bytes are kept")
    XCTAssertEqual(try XCTUnwrap(y.sum().backward()[x]).shape, x.shape)
  }
}

private func pictures(_ seed: UInt64) -> Tensor {
  var generator = RandomStream(seed: seed)
  return generator.tensor([4, 6, 6, 3])
}
