import Engine
import TestSupport
import XCTest

final class GroupNormTests: XCTestCase {
  func testGroupNorm() {
    let cases: [(Shape, Int)] = [
      ([2, 3, 5, 12], 3), ([1, 4, 4, 32], 32), ([3, 2, 2, 17], 17), ([2, 7, 6], 1), ([5, 24], 4),
      ([2, 1, 1, 8], 2),
    ]
    var generator = RandomStream(seed: 90)
    for (shape, groups) in cases {
      let x = generator.tensor(shape) * 2 + 1
      let (weight, bias) = (generator.tensor([shape.last]), generator.tensor([shape.last]))
      checkOperation(
        [x, weight, bias], absolute: 2e-5, elements: 30, "\(groups) groups",
        reference: { Reference.groupNorm($0[0], groups: groups, weight: $0[1], bias: $0[2], epsilon: 1e-3) }
      ) { groupNorm($0[0], groups: groups, weight: $0[1], bias: $0[2], epsilon: 1e-3) }
      checkOperation(
        [x], absolute: 2e-5, elements: 30, "\(groups) groups",
        reference: { Reference.groupNorm($0[0], groups: groups, epsilon: 1e-3) }
      ) { groupNorm($0[0], groups: groups, epsilon: 1e-3) }
    }
  }

  func testInstanceNorm() {
    var generator = RandomStream(seed: 91)
    for channels in [1, 3, 20] {
      let shape: Shape = [2, 4, 5, channels]
      checkOperation(
        [generator.tensor(shape), generator.tensor([channels]), generator.tensor([channels])], absolute: 2e-5,
        elements: 30,
        reference: { Reference.groupNorm($0[0], groups: channels, weight: $0[1], bias: $0[2]) }
      ) { instanceNorm($0[0], weight: $0[1], bias: $0[2]) }
    }
  }

  func testLayerNorm() {
    var generator = RandomStream(seed: 92)
    for (shape, over) in [([6, 5], [5]), ([2, 3, 17], [3, 17]), ([3, 2, 2, 33], [33]), ([7], [7])]
      as [(Shape, Shape)]
    {
      checkOperation(
        [generator.tensor(shape) * 2 + 1, generator.tensor(over), generator.tensor(over)], absolute: 2e-5,
        elements: 30,
        reference: { Reference.layerNorm($0[0], rank: over.rank, weight: $0[1], bias: $0[2]) }
      ) { layerNorm($0[0], shape: over, weight: $0[1], bias: $0[2]) }
    }
    checkOperation(
      [generator.tensor([4, 9])], absolute: 2e-5, reference: { Reference.layerNorm($0[0], rank: 1) }
    ) {
      layerNorm($0[0])
    }
  }

  func testManyTasks() {
    var generator = RandomStream(seed: 93)
    let x = [generator.tensor([3, 61, 57, 32])]
    checkOperation(x, absolute: 2e-5, gradient: false, reference: { Reference.groupNorm($0[0], groups: 8) }) {
      groupNorm($0[0], groups: 8)
    }
    checkOperation(x, absolute: 2e-5, gradient: false, reference: { Reference.layerNorm($0[0], rank: 1) }) {
      layerNorm($0[0])
    }
    // The gradients' bits do not depend on threads either.
    let seed = generator.tensor(x[0].shape)
    func gradient() -> Tensor {
      let leaf = x[0].requiringGradient()
      return groupNorm(leaf, groups: 8).backward(seed: seed)[leaf]!
    }
    let alone = withThreads(1) { gradient() }
    for threads in threadCounts { assertSameBits(withThreads(threads) { gradient() }, alone) }
  }

  /// A mean a thousand deviations from zero costs E[x²] − E[x]² all of its digits.
  func testALargeMean() {
    var generator = RandomStream(seed: 94)
    let x = generator.tensor([2, 16, 16, 8]) + 1000
    assertClose(groupNorm(x, groups: 2), Reference.groupNorm(DTensor(x), groups: 2), absolute: 2e-3)
    let rows = generator.tensor([4, 500]) + 1000
    assertClose(layerNorm(rows), Reference.layerNorm(DTensor(rows), rank: 1), absolute: 2e-3)
  }

  func testAgainstPyTorch() throws {
    let goldens = try GoldenTensors.load("norms")
    XCTAssertEqual(goldens.count, 6)
    for golden in goldens {
      golden.check(absolute: 2e-5) { x in
        switch golden.name {
        case "groupNorm": groupNorm(x[0], groups: golden.groups!, weight: x[1], bias: x[2], epsilon: 1e-3)
        case "instanceNorm": instanceNorm(x[0], weight: x[1], bias: x[2], epsilon: 1e-3)
        case "layerNorm": layerNorm(x[0], shape: x[1].shape, weight: x[1], bias: x[2], epsilon: 1e-3)
        default: Tensor(.nan)
        }
      }
    }
  }

  /// The layers are the operations with their parameters, which have PyTorch's names.
  func testLayers() {
    let store = ParameterStore(seed: 3)
    let group = GroupNorm(store.scope["group"], groups: 2, channels: 6)
    let layer = LayerNorm(store.scope["layer"], channels: 6)
    let plain = InstanceNorm2d(store.scope["plain"], channels: 6)
    let affine = InstanceNorm2d(store.scope["affine"], channels: 6, affine: true)
    XCTAssertEqual(
      store.all.map(\.name),
      ["group.weight", "group.bias", "layer.weight", "layer.bias", "affine.weight", "affine.bias"])
    var generator = RandomStream(seed: 95)
    let x = generator.tensor([2, 3, 4, 6])
    for parameter in store.all { parameter.value = generator.tensor(parameter.shape) }
    let (pass, store2) = (Pass.training(generator: generator), store)
    func value(_ name: String) -> Tensor { store2[name]!.value }
    assertSameBits(
      group(x, pass), groupNorm(x, groups: 2, weight: value("group.weight"), bias: value("group.bias")))
    assertSameBits(layer(x, pass), layerNorm(x, weight: value("layer.weight"), bias: value("layer.bias")))
    assertSameBits(plain(x, pass), instanceNorm(x))
    assertSameBits(
      affine(x, pass), instanceNorm(x, weight: value("affine.weight"), bias: value("affine.bias")))
    let gradients = (group(x, pass) + layer(x, pass) + affine(x, pass)).sum().backward()
    for parameter in store.all { XCTAssertEqual(gradients[parameter]?.shape, [6], parameter.name) }
  }
}
