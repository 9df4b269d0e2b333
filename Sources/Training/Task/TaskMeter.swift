import Datasets
import Foundation
import Images

/// The metric by which weights are kept as the best.
public struct BestMetric: Hashable, Sendable {
  /// Which of two values is better.
  public enum Direction: Hashable, Sendable { case higher, lower }

  /// A name among the meter's metrics, or `loss`.
  public let name: String
  /// Which of two values is better. The lower loss decides between equals.
  public let better: Direction

  /// - Parameters:
  ///   - name: among the meter's metrics, or `loss`.
  ///   - better: which of two values is better.
  public init(_ name: String, better: Direction) {
    self.name = name
    self.better = better
  }

  /// The validation loss.
  public static let loss = BestMetric("loss", better: .lower)

  /// Whether an epoch's measures are better than another's. A metric that is missing is the worst.
  func prefers(_ new: Measures, to old: Measures) -> Bool {
    guard let a = new[name] else { return false }
    guard let b = old[name] else { return true }
    if a == b { return new.loss < old.loss }
    return better == .higher ? a > b : a < b
  }
}

/// Adds up batch by batch, in the order of the batches, what the network made of the pictures.
public protocol TaskMeter: Sendable {
  /// What the network makes of a batch: its ``TrainableNetwork/Output``.
  associatedtype Output
  /// What a picture is to teach: its task's.
  associatedtype Target: GeometricTarget
  /// What a run keeps of its best epoch in `evaluation.json`.
  associatedtype Evaluation: Codable & Sendable = Measures

  /// Counts a batch.
  /// - Parameters:
  ///   - output: the network's, of all pictures of the batch.
  ///   - batch: the pictures with their targets.
  mutating func add(_ output: Output, for batch: Batch<Target>)

  /// The metrics so far, by name; in training asked for after every batch.
  var metrics: [String: Double] { get }

  /// Pictures with what the network saw in them; what a run keeps of its best epoch in `examples.json`.
  var examples: [ExamplePicture] { get }

  /// What was counted so far, for a checkpoint within an epoch of training. The default, nil, is for meters that count nothing
  /// in training; with one that does, metrics of an epoch that is gone on with are of the rest of it.
  var saved: Data? { get }

  /// Goes on from what ``saved`` gave.
  /// - Throws: where it is something else.
  mutating func restore(_ saved: Data) throws

  /// - Parameter measures: the loss and the metrics of all batches.
  func evaluation(_ measures: Measures) -> Evaluation
}

extension TaskMeter {
  public var examples: [ExamplePicture] { [] }
  public var saved: Data? { nil }
  public func restore(_ saved: Data) throws {}
}

extension TaskMeter where Evaluation == Measures {
  public func evaluation(_ measures: Measures) -> Measures { measures }
}
