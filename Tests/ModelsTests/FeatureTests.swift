import Engine
import Models
import TestSupport
import XCTest

/// The names of modules in the networks, and what is had under them.
final class FeatureTests: XCTestCase {
  /// Names are unique, every parameter is a walked module's own and begins with its path, and every named module's output
  /// can be had, in one pass.
  func testEveryModuleOfEveryNetwork() throws {
    for card in Registry.all {
      let network = try Network(card, classes: 3, auxiliary: true, initializes: false)
      let named = network.modules().filter { !$0.path.isEmpty }
      XCTAssertEqual(Set(named.map(\.path)).count, named.count, card.name)
      XCTAssertEqual(
        Set(
          named.flatMap { path, module in
            module.parameters.filter { $0.name.hasPrefix("\(path).") }.map(\.name)
          }), Set(network.store.all.map(\.name)), card.name)
      let paths = named.map(\.path).filter { !$0.hasPrefix("aux") }
      let size = card.minimumSize
      let outputs = try network.features(at: paths, of: Tensor(zeros: [1, size, size, 3]))
      XCTAssertEqual(outputs.count, paths.count, card.name)
    }
  }

  func testFeaturesOfStages() throws {
    let network = try Network("resnet18", classes: 4, seed: 1)
    var generator = RandomStream(seed: 2)
    let x = generator.tensor([2, 64, 64, 3])
    let maps = try network.features(at: ["layer4", "layer2", "maxpool"], of: x)
    XCTAssertEqual(maps.map(\.shape), [[2, 2, 2, 512], [2, 8, 8, 128], [2, 16, 16, 64]])
    // What follows a stage makes the logits of it.
    let head = Sequential([try network.module(at: "avgpool"), Flatten(), try network.module(at: "fc")])
    assertSameBits(head(maps[0], .inference()), try network.logits(x))
    let embeddings = try network.embeddings(of: x)
    XCTAssertEqual(embeddings.shape, [2, 512])
    assertSameBits(embeddings, globalAveragePool2d(maps[0]))
    XCTAssertThrowsError(try network.features(at: ["layer5"], of: x)) { error in
      XCTAssertTrue("\(error)".hasPrefix("no module is at 'layer5'; there are relu, conv1, bn1"), "\(error)")
    }
    XCTAssertThrowsError(try network.features(at: ["layer4"], of: x.slice(axis: 3, 0..<1)))
  }

  func testEmbeddingsHaveTheClassifiersWidth() throws {
    for (name, size, width) in [
      ("alexnet", 63, 4096), ("googlenet", 32, 1024), ("squeezenet1_1", 32, 512), ("mobilenet_v2", 32, 1280),
      ("resnet20", 32, 64),
    ] {
      let network = try Network(name, classes: 3, auxiliary: true, initializes: false)
      XCTAssertEqual(try network.embeddings(of: Tensor(zeros: [2, size, size, 3])).shape, [2, width], name)
    }
  }

  /// Heads for training alone do not run in inference.
  func testAuxiliaryHeadsDoNotRun() throws {
    let network = try Network("googlenet", classes: 3, auxiliary: true, initializes: false)
    XCTAssertThrowsError(try network.features(at: ["aux1.fc2"], of: Tensor(zeros: [1, 32, 32, 3]))) { error in
      XCTAssertEqual(error as? ModuleError, .notRun(path: "aux1.fc2"))
    }
  }
}
