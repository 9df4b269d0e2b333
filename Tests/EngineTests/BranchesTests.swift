import Engine
import TestSupport
import XCTest

final class BranchesTests: XCTestCase {
  /// Every algorithm writes the bits of its output into channels of a wider activation, and nothing beside them.
  func testConvolutionsIntoChannels() {
    fuzz(80, seed: 70) { generator, label in
      let (kernel, groups) = generator.element([(1, 1), (3, 1), (3, 2), (5, 1), (3, 32)])
      let (ins, outs) = groups == 32 ? (32, 32) : (generator.element([16, 32]), generator.element([16, 48]))
      let x = generator.tensor([generator.int(1...3), generator.int(5...9), generator.int(5...9), ins])
      let w = generator.tensor([kernel, kernel, ins / groups, outs])
      let g = ConvolutionGeometry(
        input: x.shape, weight: w.shape, stride: generator.element([1, 1, 2]), padding: .init(kernel / 2),
        groups: groups)
      let epilogue = ConvolutionEpilogue(
        scale: generator.tensor([outs]), shift: generator.tensor([outs]), activation: .relu)
      let before = generator.int(0...20)
      let after = generator.int(0...20)
      for plan in ConvolutionTask(g).candidates {
        let expected = convolve(x, w, plan, epilogue)
        let whole = Tensor(
          repeating: -7, shape: Shape(g.outputShape.dimensions.dropLast() + [before + outs + after]))
        let slice = ChannelSlice(whole, channels: before..<before + outs)
        convolve(
          x, prepared: plan.prepare(w), plan, epilogue, into: slice)
        assertSameBits(slice.contents, expected, "\(plan) \(label)")
        let others = [0..<before, before + outs..<before + outs + after].map { whole.slice(axis: 3, $0) }
        XCTAssertTrue(others.allSatisfy { $0.scalars.allSatisfy { $0 == -7 } }, "\(plan) \(label)")
      }
    }
  }

  /// In inference each branch writes its channels; what comes out are the bits of the branches alone, joined.
  func testOutputsAreJoined() {
    let store = ParameterStore(seed: 71)
    func unit(_ name: String, _ from: Int, _ to: Int, _ kernel: Int) -> ConvNormActivation {
      ConvNormActivation(
        Conv2d(
          store.scope[name], from: from, to: to, kernel: .init(kernel), padding: .init(kernel / 2),
          bias: kernel == 5),
        BatchNorm2d(store.scope[name]["norm"], channels: to))
    }
    let pooled: [any Module] = [MaxPool2d(kernel: 3, stride: 1, padding: 1), unit("d", 20, 9, 1)]
    let modules: [[any Module]] = [
      [unit("a", 20, 16, 1)], [unit("b", 20, 16, 1), unit("c", 16, 32, 3)], [unit("e", 20, 16, 5)], pooled,
    ]
    let branches = Branches(branches: modules)
    var generator = RandomStream(seed: 72)
    let x = generator.tensor([2, 9, 8, 20])
    _ = branches(x, .training(generator: generator))  // Moves the statistics.
    let alone = modules.map { Sequential($0)(x, .inference()) }
    let joined = branches(x, .inference())
    XCTAssertEqual(joined.shape, [2, 9, 8, 73])
    assertSameBits(joined, concat(alone, axis: 3), "inference")
    // A branch that does not end in a convolution is joined by a copy.
    let mixed = Branches(branches: [modules[0], [ReLU()]])
    assertSameBits(
      mixed(x, .inference()), concat([alone[0], relu(x)], axis: 3), "a branch without a convolution")
    let recorded = branches(x, .evaluatingGradients())
    assertClose(recorded.detached, DTensor(joined), absolute: 1e-5, "with gradients")
    XCTAssertNotNil(recorded.sum().backward()[store["c.weight"]!])
  }

  /// What is told of a layer is its own shape and output, not the joined one's.
  func testObserversSeeTheBranches() {
    let store = ParameterStore(seed: 73)
    let branches = Branches(
      branches: [("a", 5), ("b", 2)].map { name, channels in
        [
          ConvNormActivation(
            Conv2d(store.scope[name], from: 3, to: channels, kernel: 1),
            BatchNorm2d(store.scope[name]["norm"], channels: channels))
        ]
      })
    let observer = Outputs()
    var generator = RandomStream(seed: 74)
    let joined = branches(generator.tensor([1, 4, 4, 3]), .inference(observer: observer))
    XCTAssertEqual(observer.shapes, [[1, 4, 4, 5], [1, 4, 4, 2]])
    assertSameBits(observer.outputs["b"]!, joined.slice(axis: 3, 5..<7), "b")
  }
}

private final class Outputs: OutputObserver {
  var shapes: [Shape] = []
  var outputs: [String: Tensor] = [:]

  func didRun(_ record: LayerRecord) { shapes.append(record.output) }
  func didCompute(_ output: Tensor, layer: String) { outputs[layer] = output }
}
