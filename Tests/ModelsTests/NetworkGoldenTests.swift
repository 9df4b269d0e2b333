import Engine
import Models
import TestSupport
import XCTest

/// Networks against torchvision's, and the papers' variants against PyTorch modules written from the papers:
/// `scripts/goldens/topics/models.py`.
final class NetworkGoldenTests: XCTestCase {
  func testEveryNetworkHasAGolden() {
    let goldens = Set(Golden.all.keys.map { String($0.split(separator: "+")[0]) })
    XCTAssertEqual(goldens, Set(Registry.names))
  }

  /// All keys with their shapes in files, by count and hash; `python -m goldens models --keys NETWORK` lists PyTorch's.
  func testKeysShapesAndParameterCounts() throws {
    for (name, golden) in Golden.all {
      let network = try Golden.network(name)
      let lines = network.store.all.map { "\($0.name) \($0.layout.fileShape($0.shape))" }.sorted()
      let hash = lines.joined(separator: "\n").utf8
        .reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
      XCTAssertEqual(lines.count, golden.tensors, name)
      let digits = String(hash, radix: 16)
      XCTAssertEqual(
        String(repeating: "0", count: 16 - digits.count) + digits, golden.keys,
        "\(name) has\n\(lines.joined(separator: "\n"))")
      XCTAssertEqual(network.store.parameterCount, golden.parameters, name)
      if !network.options.auxiliary {
        XCTAssertEqual(network.card.parameterCount, golden.parameters, name)
        XCTAssertEqual(network.card.macs, golden.macs, name)
      }
    }
  }

  /// The issue's and the papers' numbers, independent of the golden file.
  func testPublishedParameterCounts() throws {
    let expected = [
      "alexnet": 61_100_840, "vgg16": 138_357_544, "googlenet": 6_624_904, "resnet50": 25_557_032,
      "mobilenet_v2": 3_504_872,
      "alexnet_paper": 60_965_224, "googlenet_paper": 6_998_552, "googlenet_paper+auxiliary": 13_378_280,
    ]
    for (name, count) in expected {
      XCTAssertEqual(try Golden.network(name).store.parameterCount, count, name)
    }
  }

  /// torchvision's accuracies as it has them; the authors' as they published them.
  func testPublishedErrors() throws {
    var checked = 0
    for (name, golden) in Golden.all {
      guard let accuracies = golden.accuracies else { continue }
      let error = try XCTUnwrap(Registry.card(named: name).publishedError, name)
      XCTAssertEqual(error.top1, 100 - accuracies[0], accuracy: 1e-9, name)
      XCTAssertEqual(try XCTUnwrap(error.top5), 100 - accuracies[1], accuracy: 1e-9, name)
      XCTAssertTrue(error.source.contains("torchvision IMAGENET1K_V1"), name)
      checked += 1
    }
    XCTAssertEqual(checked, Registry.all.count { $0.variant == .torchvision })
    // README of github.com/KaimingHe/deep-residual-networks, one crop; He et al. 2015, table 6.
    for (name, top1, top5) in [
      ("resnet50_paper", 24.7, 7.8), ("resnet20", 8.75, nil), ("resnet32", 7.51, nil),
      ("resnet44", 7.17, nil), ("resnet56", 6.97, nil as Double?),
    ] {
      let error = try XCTUnwrap(Registry.card(named: name).publishedError, name)
      XCTAssertEqual(error.top1, top1, name)
      XCTAssertEqual(error.top5, top5, name)
    }
    for name in ["alexnet_paper", "googlenet_paper", "plain20", "plain56"] {
      XCTAssertNil(try Registry.card(named: name).publishedError, name)
    }
  }

  /// Logits of two pictures within 10⁻⁴ of the largest.
  func testLogitsInInference() throws {
    for (name, golden) in Golden.all {
      let logits = try Golden.weighted(name).logits(golden.pictures())
      assertLogits(logits, golden.logits, name)
    }
  }

  /// A training pass has batch norm's batch statistics and the auxiliary heads; all heads' logits within 10⁻⁴ of the
  /// largest, and the loss. (GoldenTests holds the gradients, element by element.)
  func testTrainingLogitsAndLoss() throws {
    let trained = Golden.all.filter { $0.value.trainingLogits != nil }
    XCTAssertEqual(trained.count, 6)
    for (name, golden) in trained {
      let expected = golden.trainingLogits!
      let output = try Golden.weighted(name)(golden.pictures(), .training(generator: RandomStream(seed: 1)))
      let heads = [output.logits] + output.auxiliary
      XCTAssertEqual(heads.count, expected.count, name)
      for (index, head) in heads.enumerated() {
        assertLogits(head.detached, expected[index], "\(name), head \(index)")
      }
      var loss = crossEntropy(output.logits, labels: [1, 4])
      for head in output.auxiliary { loss = loss + crossEntropy(head, labels: [1, 4]) * 0.3 }
      assertClose(loss.scalar, try XCTUnwrap(golden.loss), relative: 1e-4, name)
    }
  }

  /// The observer's sum is the golden's number, and so is the card's, for pictures of the card's size.
  func testMultiplyAccumulates() throws {
    for name in [
      "alexnet", "alexnet_paper", "vgg16", "googlenet", "googlenet_paper", "resnet50", "resnet20",
      "mobilenet_v2",
    ] {
      let network = try Golden.network(name)
      let macs = try network.macs(height: network.card.inputSize, width: network.card.inputSize)
      XCTAssertEqual(macs, Golden.all[name]!.macs, name)
    }
    for (name, billions) in [
      "alexnet": 0.71, "vgg16": 15.47, "googlenet": 1.50, "resnet50": 4.09, "mobilenet_v2": 0.301,
    ] {
      XCTAssertEqual(Double(Golden.all[name]!.macs), billions * 1e9, accuracy: billions * 1e7, name)
    }
  }

  private func assertLogits(_ actual: Tensor, _ expected: [Double], _ name: String) {
    let scale = expected.map(abs).max()!
    let golden = DTensor(shape: [2, Golden.classes], values: expected)
    assertClose(actual, golden, absolute: 1e-4 * scale, relative: 0, name)
  }
}

extension Network {
  fileprivate func macs(height: Int, width: Int) throws -> Int {
    final class Counter: PassObserver {
      var macs = 0
      func didRun(_ record: LayerRecord) { macs += record.macs }
    }
    let counter = Counter()
    _ = try logits(Tensor(zeros: [1, height, width, options.inputChannels]), observer: counter)
    return counter.macs
  }
}
