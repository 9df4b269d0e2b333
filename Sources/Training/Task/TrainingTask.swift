import Datasets
import Engine
import Images

/// What a forward pass is for.
public enum TrainingPhase: Hashable, Sendable {
  /// The loss is minimized.
  case training
  /// The network is measured.
  case validation
}

/// What a network is trained for: how pictures are batched, what the loss is, what is measured, and what "best" means.
///
/// ``Trainer`` and ``Evaluator`` know nothing but this protocol. The command trains ``ClassificationTask``, ``YOLOTask`` and
/// ``RegionDetectionTask``.
public protocol TrainingTask: Sendable {
  /// What a picture is to teach.
  associatedtype Target: GeometricTarget
  /// What is trained; say it with a type alias.
  associatedtype Model: TrainableNetwork
  /// What counts the metrics of an epoch.
  associatedtype Meter: TaskMeter where Meter.Output == Model.Output, Meter.Target == Target

  /// What the run's files call it, such as `segmentation`.
  static var name: String { get }

  /// What decides the run's numbers beside the configuration, such as a loss's weights: written to the run's description,
  /// and a run made with other settings is not resumed.
  var settings: [String: String] { get }

  /// How the pictures of a batch become one tensor.
  var collation: Collation { get }

  /// Of how many pictures a batch is that teaches anything: a last one of fewer is left out, in training and in validation. The
  /// default is 1.
  var smallestBatch: Int { get }

  /// Whether the loss reads `Batch.ownShare`, so that training pictures may be mixed with each other. The default is no.
  static var knowsMixedTargets: Bool { get }

  /// What makes an epoch the best so far.
  var selection: BestMetric { get }

  /// Refuses data that the network cannot be trained for.
  /// - Parameters:
  ///   - data: one of the two parts.
  ///   - set: `training` or `validation`, for errors.
  ///   - network: what is to be trained.
  func check(_ data: any Dataset<Target>, set: String, for network: Model) throws

  /// Says on the card of the run's weight files what else is needed to build the network again. The default says nothing more.
  /// - Parameters:
  ///   - network: what is to be trained.
  ///   - card: with the network's name, its classes, and what the loader does to pictures.
  func describe(_ network: Model, on card: inout WeightCard)

  /// The forward pass of a batch. A network whose heads see the targets in training gets them here.
  func output(of network: Model, for batch: Batch<Target>, _ pass: Pass) -> Model.Output

  /// - Parameters:
  ///   - output: what ``output(of:for:_:)`` gave.
  ///   - batch: with what the pictures are to teach.
  ///   - phase: label smoothing and the like are for training alone.
  func loss(of output: Model.Output, for batch: Batch<Target>, in phase: TrainingPhase) -> TaskLoss

  /// Counts from zero what comes with one epoch's batches.
  /// - Parameters:
  ///   - phase: what the passes are for: more may be measured in validation.
  ///   - preprocessing: set where the meter should keep some pictures with what the network saw in them, for a
  ///     report; makes a picture of what the network got.
  func meter(for phase: TrainingPhase, showing preprocessing: Preprocessing?) -> Meter
}

extension TrainingTask {
  public var settings: [String: String] { [:] }
  public var collation: Collation { .equalSizes }
  public var smallestBatch: Int { 1 }
  public static var knowsMixedTargets: Bool { false }
  public func check(_ data: any Dataset<Target>, set: String, for network: Model) throws {}
  public func describe(_ network: Model, on card: inout WeightCard) {}

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

  /// - Precondition: all are scalars.
  public init(_ total: Tensor, parts: [(name: String, value: Tensor)] = []) {
    precondition(
      total.count == 1 && parts.allSatisfy { $0.value.count == 1 }, "TaskLoss: losses must be scalars")
    self.total = total
    self.parts = parts
  }
}
