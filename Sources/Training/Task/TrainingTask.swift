import Datasets
import Engine
import Images
import Models

/// What can be trained: parameters under their keys, and a function of a batch of pictures.
public protocol TrainableNetwork: AnyObject, Sendable {
  /// What the network makes of a batch: logits, maps, boxes.
  associatedtype Output: Sendable

  /// What the run's files call it.
  var name: String { get }
  var store: ParameterStore { get }
  /// Whether it was built with heads that are for training alone.
  var hasAuxiliaryHeads: Bool { get }

  /// Refuses what the network cannot take, before anything runs.
  /// - Parameter input: the shape of a batch, `[N, H, W, C]`.
  func check(_ input: Shape) throws

  /// The forward pass.
  /// - Parameter x: `[N, H, W, C]`.
  func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Output
}

extension TrainableNetwork {
  public var hasAuxiliaryHeads: Bool { false }
}

extension Network: TrainableNetwork {
  public var hasAuxiliaryHeads: Bool { options.auxiliary }
}

/// What a forward pass is for.
public enum TrainingPhase: Hashable, Sendable {
  /// The loss is minimized.
  case training
  /// The network is measured.
  case validation
}

/// What a network is trained for: how pictures are batched, what the loss is, what is measured, and what "best" means.
///
/// ``Trainer`` and ``Evaluator`` know nothing but this protocol. ``ClassificationTask`` is the one that the command trains.
public protocol TrainingTask: Sendable {
  /// What a picture is to teach.
  associatedtype Target: GeometricTarget
  associatedtype Model: TrainableNetwork
  associatedtype Meter: TaskMeter where Meter.Output == Model.Output, Meter.Target == Target

  /// What the run's files call it, such as `segmentation`.
  static var name: String { get }

  /// How the pictures of a batch become one tensor.
  var collation: Collation { get }

  /// What makes an epoch the best so far.
  var selection: BestMetric { get }

  /// Refuses data that the network cannot be trained for.
  /// - Parameter set: `training` or `validation`, for errors.
  func check(_ data: any Dataset<Target>, set: String, for network: Model) throws

  /// The forward pass of a batch. A network whose heads see the targets in training gets them here.
  func output(of network: Model, for batch: Batch<Target>, _ pass: Pass) -> Model.Output

  /// - Parameters:
  ///   - output: what ``output(of:for:_:)`` gave.
  ///   - phase: label smoothing and the like are for training alone.
  func loss(of output: Model.Output, for batch: Batch<Target>, in phase: TrainingPhase) -> TaskLoss

  /// Counts from zero what comes with one epoch's batches.
  /// - Parameter preprocessing: set where the meter should keep some pictures with what the network saw in them, for a
  ///   report; makes a picture of what the network got.
  func meter(for phase: TrainingPhase, showing preprocessing: Preprocessing?) -> Meter
}

extension TrainingTask {
  public var collation: Collation { .equalSizes }
  public func check(_ data: any Dataset<Target>, set: String, for network: Model) throws {}

  public func output(of network: Model, for batch: Batch<Target>, _ pass: Pass) -> Model.Output {
    network(batch.images, pass)
  }
}

/// A batch's loss and what it is made of; means over the batch's pictures.
public struct TaskLoss: Sendable {
  /// A scalar: its gradient is taken.
  public let total: Tensor
  /// Scalars by name, for logs; the total need not be their sum.
  public let parts: [(name: String, value: Tensor)]

  public init(_ total: Tensor, parts: [(name: String, value: Tensor)] = []) {
    precondition(
      total.count == 1 && parts.allSatisfy { $0.value.count == 1 }, "TaskLoss: losses must be scalars")
    self.total = total
    self.parts = parts
  }
}

/// The metric by which weights are kept as the best.
public struct BestMetric: Hashable, Sendable {
  public enum Direction: Hashable, Sendable { case higher, lower }

  /// A name among the meter's metrics, or `loss`.
  public let name: String
  /// Which of two values is better. The lower loss decides between equals.
  public let better: Direction

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
  associatedtype Output
  associatedtype Target: GeometricTarget
  /// What a run keeps of its best epoch in `evaluation.json`.
  associatedtype Evaluation: Codable & Sendable = Measures

  mutating func add(_ output: Output, for batch: Batch<Target>)

  /// The metrics so far, by name; in training asked for after every batch.
  var metrics: [String: Double] { get }

  /// Pictures with what the network saw in them; what a run keeps of its best epoch in `examples.json`.
  var examples: [ExamplePicture] { get }

  /// - Parameter measures: the loss and the metrics of all batches.
  func evaluation(_ measures: Measures) -> Evaluation
}

extension TaskMeter {
  public var examples: [ExamplePicture] { [] }
}

extension TaskMeter where Evaluation == Measures {
  public func evaluation(_ measures: Measures) -> Measures { measures }
}
