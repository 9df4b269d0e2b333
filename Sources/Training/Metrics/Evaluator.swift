import Datasets
import Engine
import Models

/// Measures a network on labelled pictures, in inference passes.
public struct Evaluator {
  private let network: Network
  private let loader: DataLoader
  private let classNames: [String]

  /// - Parameters:
  ///   - network: what is measured.
  ///   - loader: each of the pictures once.
  ///   - classNames: the names of the network's classes.
  public init(_ network: Network, _ loader: DataLoader, classNames: [String]) {
    self.network = network
    self.loader = loader
    self.classNames = classNames
  }

  /// - Parameter progress: told of the pictures done after every batch.
  /// - Throws: what reading the data throws.
  public func evaluate(progress: (Int) -> Void = { _ in }) throws -> Evaluation {
    try evaluate(progress: progress) { _, _, _ in }
  }

  /// - Parameter body: gets each batch's pictures, logits and labels.
  func evaluate(
    progress: (Int) -> Void, _ body: (_ images: Tensor, _ logits: Tensor, _ labels: [Int]) -> Void
  ) throws -> Evaluation {
    var tally = Tally(classes: network.classes)
    let batches = loader.epoch(0)
    while let batch = try batches.next() {
      let logits = try network.logits(batch.images)
      let loss = crossEntropy(logits, labels: batch.labels).scalar
      tally.add(logits: logits, labels: batch.labels, loss: loss)
      body(batch.images, logits, batch.labels)
      progress(tally.count)
    }
    return tally.evaluation(classNames: classNames)
  }
}
