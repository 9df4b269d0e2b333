import Engine
import Models
import TestSupport
import XCTest

/// Building networks and what they refuse.
final class NetworkTests: XCTestCase {
  /// Each network runs at the least size it claims, and one pixel less is refused before anything runs.
  func testMinimumSizes() throws {
    for card in Registry.all {
      let network = try Network(card, classes: 3, initializes: false)
      let size = card.minimumSize
      XCTAssertEqual(try network.logits(Tensor(zeros: [1, size, size, 3])).shape, [1, 3], card.name)
      for shape in [[1, size - 1, size, 3], [1, size, size - 1, 3]] as [[Int]] {
        XCTAssertThrowsError(try network.logits(Tensor(zeros: Shape(shape))), card.name) { error in
          XCTAssertEqual(
            error as? NetworkError,
            .inputTooSmall(network: card.name, height: shape[1], width: shape[2], minimum: size))
        }
      }
    }
  }

  func testPaperGoogLeNetTrainsAtItsLeastSize() throws {
    let network = try Network("googlenet_paper", classes: 3, auxiliary: true, initializes: false)
    let size = network.card.minimumSize
    let output = network(
      Tensor(zeros: [1, size, size, 3]), .training(generator: RandomStream(seed: 1)))
    XCTAssertEqual(output.auxiliary.map(\.shape), [[1, 3], [1, 3]])
  }

  func testOtherChannelsThanBuiltForAreRefused() throws {
    let network = try Network("resnet20", inputChannels: 1)
    XCTAssertEqual(try network.logits(Tensor(zeros: [2, 28, 28, 1])).shape, [2, 10])
    for shape in [[2, 28, 28, 3], [28, 28, 1], [0, 28, 28, 1]] as [Shape] {
      XCTAssertThrowsError(try network.check(shape)) { error in
        XCTAssertEqual(error as? NetworkError, .wrongInput(network: "resnet20", shape: shape, channels: 1))
        XCTAssertEqual("\(error)", "resnet20 takes a batch [N, height, width, 1], not \(shape)")
      }
    }
  }

  func testEveryNetworkTakesOneChannel() throws {
    for card in Registry.all {
      let network = try Network(card, classes: 2, inputChannels: 1, initializes: false)
      XCTAssertEqual(network.store.all[0].shape[2], 1, card.name)
    }
  }

  func testImpossibleOptionsAreRefused() {
    XCTAssertThrowsError(try Network("resnet20", classes: 0)) { error in
      XCTAssertEqual("\(error)", "resnet20: 0 classes; from 1 to 1,000,000 are possible")
    }
    XCTAssertThrowsError(try Network("resnet20", inputChannels: 0))
    XCTAssertThrowsError(try Network("alexnet", dropout: 1))
    XCTAssertThrowsError(try Network("alexnet", dropout: -0.1))
  }

  /// Without auxiliary heads a file may still have them; with them nothing is ignored.
  func testIgnorableKeys() throws {
    XCTAssertEqual(try Network("googlenet", initializes: false).ignorableKeys, ["aux1.*", "aux2.*"])
    let full = try Network("googlenet", auxiliary: true, initializes: false)
    XCTAssertEqual(full.ignorableKeys, [])
    XCTAssertEqual(try Network("resnet20").ignorableKeys, [])
    XCTAssertTrue(full.store.all.contains { Glob.matches(["aux1.*"], $0.name) })
  }

  func testAuxiliaryHeadsAreForTrainingAlone() throws {
    let network = try Network("googlenet", classes: 3, auxiliary: true)
    var generator = RandomStream(seed: 3)
    let x = generator.tensor([2, 32, 32, 3])
    XCTAssertTrue(network(x, .inference()).auxiliary.isEmpty)
    XCTAssertEqual(network(x, .training(generator: generator)).auxiliary.count, 2)
  }

  func testTheSeedDecidesTheWeights() throws {
    func weights(_ seed: UInt64) throws -> [[Float]] {
      try Network("resnet20", seed: seed).store.all.map(\.value.scalars)
    }
    XCTAssertEqual(try weights(1), try weights(1))
    XCTAssertNotEqual(try weights(1), try weights(2))
  }

  /// The initial weights have the spread that torchvision gives them.
  func testInitialSpread() throws {
    func deviation(_ network: Network, _ key: String) -> Double {
      let values = network.store[key]!.value.scalars.map(Double.init)
      return (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    }
    let resnet = try Network("resnet18")
    let fanOut = 128.0 * 9
    XCTAssertEqual(
      deviation(resnet, "layer2.0.conv1.weight"), (2 / fanOut).squareRoot(),
      accuracy: 0.02 * (2 / fanOut).squareRoot())
    XCTAssertEqual(deviation(resnet, "fc.weight"), (1 / (3 * 512.0)).squareRoot(), accuracy: 1e-3)
    let squeeze = try Network("squeezenet1_1")
    XCTAssertEqual(deviation(squeeze, "classifier.1.weight"), 0.01, accuracy: 2e-4)
    XCTAssertEqual(
      deviation(squeeze, "features.12.expand3x3.weight"), (2 / (64.0 * 9)).squareRoot(), accuracy: 2e-3)
    let google = try Network("googlenet", auxiliary: true)
    XCTAssertEqual(deviation(google, "aux1.fc1.weight"), 0.01, accuracy: 2e-4)
    XCTAssertEqual(deviation(google, "inception4a.branch2.1.conv.weight"), 0.01, accuracy: 2e-4)
  }

  /// Plain gradient descent on one batch lowers the loss, of all kinds of networks.
  func testTrainingLowersTheLoss() throws {
    // SqueezeNet ends in a ReLU without batch norm: larger steps kill it, so it is slow.
    let networks: [(name: String, size: Int, rate: Float, steps: Int, share: Float)] = [
      ("resnet20", 32, 0.05, 8, 0.9), ("resnet18", 32, 0.01, 8, 0.9), ("squeezenet1_1", 48, 0.004, 18, 0.95),
      ("googlenet", 48, 0.05, 8, 0.9),
    ]
    for (name, size, rate, steps, share) in networks {
      let network = try Network(name, classes: 4, auxiliary: true, dropout: 0, seed: 5)
      var generator = RandomStream(seed: 6)
      let x = generator.tensor([4, size, size, 3])
      func step() -> Float {
        let output = network(x, .training(generator: RandomStream(seed: 7)))
        var loss = crossEntropy(output.logits, labels: [0, 1, 2, 3])
        for head in output.auxiliary { loss = loss + crossEntropy(head, labels: [0, 1, 2, 3]) * 0.3 }
        let gradients = loss.backward()
        for parameter in network.store.trainable {
          parameter.value = parameter.value - gradients[parameter]! * rate
        }
        return loss.scalar
      }
      let first = step()
      for _ in 0..<steps { _ = step() }
      let last = step()
      XCTAssertLessThan(last, share * first, name)
    }
  }
}
