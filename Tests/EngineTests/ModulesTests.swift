import Engine
import TestSupport
import XCTest

/// A layer as a user writes it: a scale by channel with its own pullback, and a body.
private final class Scaled: Module {
  let path: String
  let weight: Parameter
  let body: Sequential
  var children: [any Module] { [body] }
  var parameters: [Parameter] { [weight] }

  init(_ scope: Scope, channels: Int) {
    path = scope.path
    weight = scope.parameter("weight", [channels], .uniform(bound: 1))
    body = Sequential(
      scope["body"],
      [
        ConvNormActivation(
          Conv2d(scope["conv"], from: channels, to: channels, kernel: 3, padding: 1),
          BatchNorm2d(scope["norm"], channels: channels), at: scope["relu"])
      ])
  }

  func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let y = body(x, pass)
    return pass.observing(path, "Scaled", parameters: parameters) { scale(y, weight.operand(in: pass)) }
  }
}

/// x · w by channel, recorded with the public form alone.
private func scale(_ x: Tensor, _ w: Tensor) -> Tensor {
  let (kept, keptWeight, channels) = (x.detached, w.detached, w.count)
  func times(_ a: Tensor, _ w: Tensor) -> Tensor {
    let (a, w) = (a.scalars, w.scalars)
    return Tensor(a.indices.map { a[$0] * w[$0 % channels] }, shape: x.shape)
  }
  return times(kept, keptWeight).recorded("scale", from: [x, w]) { gradient, needs in
    let (g, x, w) = (gradient.scalars, kept.scalars, keptWeight.scalars)
    var sums = [Float](repeating: 0, count: channels)
    for i in g.indices { sums[i % channels] += g[i] * x[i] }
    return [
      needs[0] ? Tensor(g.indices.map { g[$0] * w[$0 % channels] }, shape: kept.shape) : nil,
      needs[1] ? Tensor(sums, shape: [channels]) : nil,
    ]
  }
}

final class ModulesTests: XCTestCase {
  private let store = ParameterStore(seed: 110)
  private lazy var network: Sequential = {
    let scope = store.scope
    return Sequential([
      MicroBatches([
        unit(scope["stem"], from: 3, to: 4), MaxPool2d(scope["pool"], kernel: 2),
      ]),
      Branches(
        scope["branches"],
        branches: [
          [unit(scope["a"], from: 4, to: 3)],
          [unit(scope["b"], from: 4, to: 3)],
        ]),
      Scaled(scope["scaled"], channels: 6),
      AdaptiveAvgPool2d(size: 1), Flatten(scope["flat"]), Linear(scope["fc"], from: 6, to: 5),
    ])
  }()
  private let batch: Tensor = {
    var generator = RandomStream(seed: 111)
    return generator.tensor([3, 10, 12, 3])
  }()

  /// Statistics that are not 0 and 1.
  override func setUp() {
    _ = network(batch, .training(generator: RandomStream(seed: 112)))
  }

  func testWalkNamesEveryModuleOnce() throws {
    XCTAssertEqual(
      network.modules().map(\.path).filter { !$0.isEmpty },
      [
        "stem", "stem.conv", "stem.norm", "pool", "branches", "a", "a.conv", "a.norm", "b", "b.conv",
        "b.norm",
        "scaled", "scaled.body", "scaled.relu", "scaled.conv", "scaled.norm", "flat", "fc",
      ])
    let own = network.modules().flatMap(\.module.parameters).map(\.name)
    XCTAssertEqual(own.sorted(), store.all.map(\.name).sorted())
    XCTAssertTrue(try network.module(at: "pool") is MaxPool2d)
    XCTAssertEqual(store.parameters(under: "scaled.norm").count, 5)
    XCTAssertTrue(store.parameters(under: "scale").isEmpty)
    XCTAssertThrowsError(try network.module(at: "layer9")) { error in
      guard case ModuleError.noModule("layer9", let known)? = error as? ModuleError else {
        return XCTFail("\(error)")
      }
      XCTAssertEqual(known.count, 18)
    }
  }

  /// Features are what the modules give one after another, inner outputs of fused convolutions included.
  func testFeaturesOfOnePass() throws {
    let paths = [
      "pool", "a.conv", "a.norm", "a", "branches", "scaled.conv", "scaled.norm", "scaled.relu", "scaled",
      "fc", "stem",
    ]
    let found = Dictionary(
      uniqueKeysWithValues: zip(paths, try network.features(at: paths, of: batch, .inference())))
    func outputs(_ path: String, _ x: Tensor) throws -> [Tensor] {
      let (conv, norm) = (try network.module(at: "\(path).conv"), try network.module(at: "\(path).norm"))
      let y = conv(x, .inference())
      let z = norm(y, .inference())
      return [y, z, relu(z)]
    }
    let stem = try outputs("stem", batch)
    assertClose(found["stem"]!, stem[2])
    let pool = maxPool2d(stem[2], kernel: 2)
    assertClose(found["pool"]!, pool)
    let a = try outputs("a", pool)
    for (path, expected) in zip(["a.conv", "a.norm", "a"], a) { assertClose(found[path]!, expected, path) }
    let joined = concat([a[2], try outputs("b", pool)[2]], axis: 3)
    assertClose(found["branches"]!, joined)
    let body = try outputs("scaled", joined)
    for (path, expected) in zip(["scaled.conv", "scaled.norm", "scaled.relu"], body) {
      assertClose(found[path]!, expected, path)
    }
    assertClose(found["scaled"]!, scale(body[2], store["scaled.weight"]!.value))
    assertClose(found["fc"]!, network(batch, .inference()))
  }

  /// Taking what is not inside a fused or cut stack leaves every bit.
  func testFeaturesLeaveTheBits() throws {
    let logits = network(batch, .inference())
    let features = try network.features(at: ["scaled", "fc"], of: batch, .inference())
    assertSameBits(features[1], logits)
    let rest = network.children.drop { !($0 is AdaptiveAvgPool2d) }
    assertSameBits(Sequential(Array(rest))(features[0], .inference()), logits)
    XCTAssertNil(features[0].node)
  }

  /// In a pass that records, features are in the graph.
  func testFeaturesHaveGradients() throws {
    let pass = Pass.evaluatingGradients()
    let features = try network.features(at: ["branches", "scaled"], of: batch, pass)
    let gradients = (features[0].sum() + (features[1] * features[1]).sum()).backward()
    XCTAssertNotNil(gradients[store["scaled.weight"]!])
    XCTAssertNotNil(gradients[store["stem.conv.weight"]!])
    XCTAssertNil(gradients[store["fc.weight"]!])
  }

  func testEmbeddings() throws {
    let flat = try network.features(at: ["flat"], of: batch, .inference())[0]
    assertSameBits(try network.embeddings(of: batch, .inference()), flat)
    // A convolution at the end: its input, averaged over pixels.
    let convolution = Sequential([unit(store.scope["last"], from: 3, to: 2)])
    assertSameBits(try convolution.embeddings(of: batch, .inference()), globalAveragePool2d(batch))
    XCTAssertThrowsError(try Sequential([ReLU()]).embeddings(of: batch, .inference())) { error in
      XCTAssertEqual(error as? ModuleError, .noWeights)
    }
  }

  func testRecordedOperationsHaveTheirPullback() {
    var generator = RandomStream(seed: 113)
    let inputs = [generator.tensor([2, 3, 4]), generator.tensor([4])]
    checkGradient(
      of: inputs,
      reference: { inputs in
        let (x, w) = (inputs[0], inputs[1])
        return DTensor(shape: x.shape, values: x.values.indices.map { x.values[$0] * w.values[$0 % 4] })
      },
      function: { scale($0[0], $0[1]) })
    // Only what is needed is asked for, and nothing is recorded without a leaf.
    let weight = inputs[1].requiringGradient()
    let gradients = scale(inputs[0], weight).sum().backward()
    XCTAssertEqual(gradients.leaves.count, 1)
    XCTAssertNil(scale(inputs[0], inputs[1]).node)
  }

  func testTheObserverIsToldOfAUsersLayer() {
    final class Records: PassObserver {
      var all: [LayerRecord] = []
      func didRun(_ record: LayerRecord) { all.append(record) }
    }
    let records = Records()
    _ = network(batch, .inference(observer: records))
    let scaled = records.all.first { $0.name == "scaled" }
    XCTAssertEqual(scaled?.kind, "Scaled")
    XCTAssertEqual(scaled?.parameters, 6)
    XCTAssertEqual(scaled?.output, [3, 5, 6, 6])
    XCTAssertEqual(records.all.first { $0.name == "pool" }?.kind, "MaxPool2d 2×2 /2")
  }
}

private func unit(_ scope: Scope, from: Int, to: Int) -> ConvNormActivation {
  ConvNormActivation(
    Conv2d(scope["conv"], from: from, to: to, kernel: 3, padding: 1, bias: false),
    BatchNorm2d(scope["norm"], channels: to), at: scope)
}
