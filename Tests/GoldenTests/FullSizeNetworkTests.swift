import Engine
import Models
import TestSupport
import XCTest

/// Whole networks at their own picture size against PyTorch's float64, by `goldens/topics/passes.py`: every stage, the
/// logits, the loss, and the gradient of every parameter. Dropout is off.
final class FullSizeNetworkTests: XCTestCase {
  func testAlexNet() throws { try check("alexnet") }
  func testAlexNetPaper() throws { try check("alexnet_paper") }
  func testVGG16() throws { try check("vgg16") }
  func testSqueezeNet() throws { try check("squeezenet1_1") }
  func testMobileNetV2() throws { try check("mobilenet_v2") }
  func testGoogLeNetWithAuxiliaryHeads() throws { try check("googlenet_auxiliary") }
  func testGoogLeNetPaperWithAuxiliaryHeads() throws { try check("googlenet_paper_auxiliary") }
  func testResNet50() throws { try check("resnet50") }
  func testResNet50Paper() throws { try check("resnet50_paper") }
  func testResNet18InTraining() throws { try check("resnet18") }
  func testCIFARResNetsInTraining() throws {
    for name in ["resnet20", "resnet32", "resnet44", "resnet56"] { try check(name) }
  }

  private func check(_ name: String) throws {
    let golden = try Fixture.decode(Fixture.self, name)
    let parts = golden.network.split(separator: "+")
    let network = try Network(
      String(parts[0]), classes: golden.classes, auxiliary: parts.count > 1, dropout: 0, initializes: false)
    network.store.fillFromKeys()
    let x = goldenPictures(Shape(golden.input))
    let sampler = StageSampler(golden.stages)

    let output: NetworkOutput
    switch golden.mode {
    case .training:
      output = network(x, .training(generator: RandomStream(seed: 0), observer: sampler))
    case .inference:
      // The fused layers are in inference alone; the gradients' pass has its own.
      assertLogits(observe(network, x, sampler), golden, "\(name), inference")
      output = outputs(of: network, x, .evaluatingGradients())
    }
    for stage in golden.stages {
      assertForward(try XCTUnwrap(sampler.found[stage.name], "\(name): \(stage.name)"), stage, name)
    }
    assertLogits(output, golden, name)

    var loss = crossEntropy(output.logits, labels: golden.labels)
    for head in output.auxiliary { loss = loss + crossEntropy(head, labels: golden.labels) * 0.3 }
    assertClose(loss.scalar, golden.loss, absolute: 0, relative: Tolerance.forward, name)
    assertGradients(loss.backward(), network.store, golden, name)
    for statistic in golden.statistics {
      let parameter = try XCTUnwrap(network.store[statistic.name])
      assertForward(
        samples("statistic", statistic.name, parameter.value, statistic.samples.count), statistic, name)
    }
  }

  private func assertLogits(_ output: NetworkOutput, _ golden: Fixture, _ message: String) {
    let scale = golden.logits.map(abs).max()!
    assertClose(
      output.logits.detached, DTensor(shape: [golden.input[0], golden.classes], values: golden.logits),
      absolute: Tolerance.forward * scale, relative: 0, message)
    XCTAssertEqual(output.auxiliary.count, golden.auxiliary.count, message)
    for (head, expected) in zip(output.auxiliary, golden.auxiliary) {
      assertForward(
        samples("head", expected.name, head.detached, expected.samples.count), expected, "\(message), head")
    }
  }

  private func assertGradients(
    _ gradients: Gradients, _ store: ParameterStore, _ golden: Fixture, _ message: String
  ) {
    XCTAssertEqual(Set(store.trainable.map(\.name)), Set(golden.gradients.map(\.name)), message)
    GoldenTests.assertGradients(golden.gradients, message) { name in
      store[name].flatMap { parameter in gradients[parameter].map(parameter.layout.toFile) }
    }
  }

  private func observe(_ network: Network, _ x: Tensor, _ sampler: StageSampler) -> NetworkOutput {
    outputs(of: network, x, .inference(observer: sampler))
  }

  /// With the auxiliary heads, which inference leaves out.
  private func outputs(of network: Network, _ x: Tensor, _ pass: Pass) -> NetworkOutput {
    (network.body as? GoogLeNet)?.allOutputs(x, pass) ?? network(x, pass)
  }
}
