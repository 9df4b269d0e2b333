import Colonnade
import Sampling

extension Case {
  /// Whole networks with seeded weights.
  static let networks = [
    inference("squeezenet1_1", batch: 1), inference("resnet20", batch: 4), step("resnet20", batch: 4),
  ]

  private static func inference(_ name: String, batch: Int) -> Case {
    Case(name, macs: macs(name, batch), isTimed: true) {
      let network = try Network(name)
      let size = network.card.inputSize
      let pictures = randomTensor([batch, size, size, 3])
      return { _ = network(pictures, .inference()) }
    }
  }

  /// Forward, loss, backward, SGD with momentum.
  private static func step(_ name: String, batch: Int) -> Case {
    // The gradients of input and weights cost as much as the forward pass each.
    Case("\(name)-step", macs: macs(name, batch).map { 3 * $0 }, isTimed: true) {
      let network = try Network(name)
      return TrainingStep(network, batch: batch, size: network.card.inputSize).callAsFunction
    }
  }

  private static func macs(_ name: String, _ batch: Int) -> Int? {
    (try? Registry.card(named: name)).flatMap(\.macs).map { $0 * batch }
  }
}
