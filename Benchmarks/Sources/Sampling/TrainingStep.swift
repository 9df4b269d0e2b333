import Colonnade

/// A network with a batch of random pictures and labels to train on, again and again.
public final class TrainingStep {
  private let network: Network
  private let optimizer: SGD
  private let pictures: Tensor
  private let labels: [Int]
  private let recomputes: Bool
  private var count = 0

  public init(_ network: Network, batch: Int, size: Int, recomputes: Bool = false) {
    (self.network, self.recomputes) = (network, recomputes)
    optimizer = SGD(network.store.trainable, learningRate: 1e-3, momentum: 0.9, weightDecay: 1e-4)
    var generator = RandomStream(seed: 0)
    pictures = randomTensor([batch, size, size, network.options.inputChannels])
    labels = (0..<batch).map { _ in Int.random(in: 0..<network.classes, using: &generator) }
  }

  public func callAsFunction() {
    count += 1
    let output = network(
      pictures, .training(generator: RandomStream(seed: 0).split(count), recomputes: recomputes))
    let loss = crossEntropy(output.logits, labels: labels)
    optimizer.step(loss.backward())
  }
}
