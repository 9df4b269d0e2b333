import Engine
import Models
import XCTest

final class RegistryTests: XCTestCase {
  func testNamesAreUniqueAndFindTheirCards() throws {
    XCTAssertEqual(Set(Registry.names).count, Registry.all.count)
    for name in Registry.names { XCTAssertEqual(try Registry.card(named: name).name, name) }
    for card in Registry.all {
      XCTAssertGreaterThanOrEqual(card.inputSize, card.minimumSize, card.name)
      XCTAssertEqual(card.name.hasSuffix("_paper") && card.variant == .torchvision, false, card.name)
    }
  }

  /// An unknown name lists what is known and suggests what is near.
  func testUnknownNames() {
    let suggestions: [(typed: String, nearest: String?)] = [
      ("ResNet-50", "resnet50"), ("vgg-16", "vgg16"), ("vgg16bn", "vgg16_bn"), ("alexent", "alexnet"),
      ("googlnet", "googlenet"), ("squeezenet1.1", "squeezenet1_1"), ("yolo", nil), ("", nil),
    ]
    for (typed, nearest) in suggestions {
      XCTAssertThrowsError(try Registry.card(named: typed)) { error in
        XCTAssertEqual(
          error as? NetworkError, .unknownName(typed, nearest: nearest, known: Registry.names), typed)
        XCTAssertTrue("\(error)".hasSuffix("known are \(Registry.names.joined(separator: ", "))"), typed)
      }
    }
    XCTAssertThrowsError(try Network("resnet51")) { error in
      XCTAssertTrue("\(error)".hasPrefix("no network is named 'resnet51'; did you mean resnet"), "\(error)")
    }
  }

  /// Single-crop errors of the issue's four networks, in per cent.
  func testPublishedErrors() throws {
    let expected = [
      "alexnet": (43.48, 20.93), "vgg16": (28.41, 9.62), "googlenet": (30.22, 10.47),
      "resnet50": (23.87, 7.14),
    ]
    for (name, errors) in expected {
      let published = try XCTUnwrap(Registry.card(named: name).publishedError)
      XCTAssertEqual(published.top1, errors.0, accuracy: 0.006, name)
      XCTAssertEqual(try XCTUnwrap(published.top5), errors.1, accuracy: 0.006, name)
    }
  }

  /// Plain and residual networks for 32 pixels share their stages, and have keys of their own in the blocks.
  func testKeysOfNetworksForSmallPictures() throws {
    func unit(_ scope: String, _ suffix: String) -> [String] {
      ["conv\(suffix).weight"].map { scope + $0 }
        + ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"].map {
          "\(scope)bn\(suffix).\($0)"
        }
    }
    for (name, blocks, suffixes) in [
      ("plain20", 6, [""]), ("plain32", 10, [""]), ("resnet20", 3, ["1", "2"]), ("resnet32", 5, ["1", "2"]),
    ] {
      let stages = (1...3).flatMap { stage in
        (0..<blocks).flatMap { block in suffixes.flatMap { unit("layer\(stage).\(block).", $0) } }
      }
      XCTAssertEqual(
        try Network(name, initializes: false).store.all.map(\.name),
        unit("", "1") + stages + ["linear.weight", "linear.bias"], name)
    }
  }

  /// A registry is a value: what is added to a copy is in the copy alone.
  func testOwnNetworks() throws {
    let card = NetworkCard("tiny", classes: 4, inputSize: 8) { scope, options in
      Sequential([
        Flatten(), Linear(scope["fc"], from: 64 * options.inputChannels, to: options.classes),
      ])
    }
    var registry = Registry.standard
    try registry.add(card)
    XCTAssertEqual(registry.cards.count, Registry.all.count + 1)
    let network = try Network("tiny", inputChannels: 1, in: registry)
    XCTAssertEqual(try network.logits(Tensor(zeros: [2, 8, 8, 1])).shape, [2, 4])
    XCTAssertEqual(registry.fits(["fc.weight": [4, 64], "fc.bias": [4]]).first?.network, "tiny")
    XCTAssertThrowsError(try Network("tiny"))
    XCTAssertThrowsError(try Registry([card]).card(named: "tyni")) { error in
      XCTAssertEqual(error as? NetworkError, .unknownName("tyni", nearest: "tiny", known: ["tiny"]))
    }
    XCTAssertThrowsError(try registry.add(card)) { error in
      XCTAssertEqual(error as? NetworkError, .nameTaken("tiny"))
    }
  }
}
