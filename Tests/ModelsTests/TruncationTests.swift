import Engine
import Models
import TestSupport
import XCTest

/// Networks cut behind some of their layers.
final class TruncationTests: XCTestCase {
  /// Of every network of the registry: cut behind a module in the middle of its chain, the module's output has the bits that it
  /// has in the whole network, and the layers behind it are gone.
  func testFeaturesHaveTheSameBits() throws {
    let maps: [String: [String]] = [
      "alexnet": ["features.8"], "alexnet_paper": ["pool2"], "vgg11": ["features.7", "features.14"],
      "vgg11_bn": ["features.14"], "googlenet": ["inception3b", "inception4c"],
      "googlenet_paper": ["inception4d"], "resnet18": ["layer1", "layer3"], "resnet50": ["layer2"],
      "squeezenet1_1": ["features.3", "features.7"], "mobilenet_v2": ["features.3", "features.13"],
      "resnet20": ["layer2"],
    ]
    for (name, paths) in maps {
      let network = try Network(name, classes: 3, initializes: false)
      var generator = RandomStream(seed: 3)
      // Convolutions alone: classifiers are large, and what they make does not matter.
      for parameter in network.store.all where parameter.shape.rank == 4 {
        parameter.value = generator.tensor(parameter.shape, scale: 0.1)
      }
      let size = max(network.card.minimumSize, 32)
      let x = generator.tensor([1, size, size + 3, 3])
      let cut = try network.body.truncated(after: paths)
      let whole = try network.features(at: paths, of: x)
      let maps = try cut.features(at: paths, of: x, .inference())
      for (map, expected) in zip(maps, whole) { assertSameBits(map, expected, name) }
      XCTAssertLessThan(cut.modules().count, network.modules().count, name)
      // The last module of the cut is the last map's, or has it and cannot be cut.
      let last = try XCTUnwrap(cut.children.last)
      XCTAssertTrue(last.modules().contains { $0.path == paths.last }, name)
      XCTAssertTrue(last.path == paths.last || !(last is any ModuleChain), name)
    }
    XCTAssertThrowsError(try Network("resnet18", initializes: false).body.truncated(after: ["layer5"]))
  }

  /// What is not a chain stays whole.
  func testAModuleThatIsNoChain() throws {
    final class Sum: Module {
      let children: [any Module]
      init(_ scope: Scope) { children = [ReLU(scope["a"]), ReLU(scope["b"])] }
      func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
        let x = x
        return children[0](x, pass) + children[1](x * -1, pass)
      }
    }
    let body = Sum(ParameterStore().scope)
    let cut = try body.truncated(after: ["a"])
    XCTAssertTrue(cut.children.count == 1 && cut.children[0] === body)
    XCTAssertEqual(cut(Tensor([-2, 3], shape: [1, 2]), .inference()).scalars, [2, 3])
  }
}
