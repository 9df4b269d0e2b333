import Engine
import Images
import Models
import TestSupport
import XCTest

/// Networks cut before their classifiers.
final class NetworkPartsTests: XCTestCase {
  /// Trunk and head are the network, bit for bit in inference, and the head is the last layer with weights.
  func testPartsAreTheNetwork() throws {
    for (name, side, keys) in [
      ("resnet20", 16, ["linear.weight", "linear.bias"]),
      ("resnet18", 32, ["fc.weight", "fc.bias"]),
      ("squeezenet1_1", 24, ["classifier.1.weight", "classifier.1.bias"]),
      ("mobilenet_v2", 32, ["classifier.1.weight", "classifier.1.bias"]),
      ("googlenet", 32, ["fc.weight", "fc.bias"]),
    ] {
      let network = try Network(name, classes: 3, seed: 2)
      let parts = try network.parts()
      XCTAssertEqual(parts.headKeys, keys, name)
      var generator = RandomStream(seed: 5)
      let pictures = generator.tensor([2, side, side, 3])
      let features = parts.trunk(pictures, .inference())
      XCTAssertEqual(features.shape[0], 2, name)
      assertSameBits(parts.head(features, .inference()), try network.logits(pictures), name)
    }
  }

  /// AlexNet's and VGG's trunks go up to their last layer, two others with weights behind the convolutions.
  func testTrunksOfClassifiersOfSeveralLayers() throws {
    for name in ["alexnet", "vgg11"] {
      let parts = try Network(name, classes: 3, initializes: false).parts()
      XCTAssertEqual(parts.headKeys, ["classifier.6.weight", "classifier.6.bias"], name)
      let shape = Parallel.withoutComputing {
        parts.trunk(Tensor(zeros: [1, 96, 96, 3]), .inference()).shape
      }
      XCTAssertEqual(shape, [1, 4096], name)
    }
  }

  func testWhatIsNoChainIsRefused() throws {
    final class Whole: Module {
      let layer: Linear
      var children: [any Module] { [layer] }
      init(_ scope: Scope) { layer = Linear(scope["fc"], from: 12, to: 2) }
      func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor { layer(x.flattened(), pass) }
    }
    let network = try Network(
      name: "whole", classes: 2, preprocessing: .plain(channels: 3), inputSize: 2
    ) { Whole($0) }
    XCTAssertThrowsError(try network.parts()) { error in
      guard case NetworkError.invalidOption(network: "whole", _) = error else { return XCTFail("\(error)") }
    }
  }
}
