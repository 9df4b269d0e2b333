import Datasets
import Engine
import Images
import Models

/// To find objects by an R-CNN, all of its stages trained together on the losses that the detector's options name.
///
/// Pictures come at their own sizes, with `RegionTransform.preprocessing`; the detector itself resizes them, in training as
/// in `detect`. In validation the losses are those of the network as it is in inference, of samples that are always the same.
///
///     let detector = try FasterRCNN(classes: data.train.classNames, backbone: .resNet50Pyramid())
///     try detector.loadTrunk(from: "resnet50.safetensors")
///     let trainer = try Trainer(
///       detector, data, task: RegionDetectionTask<FasterRCNN>(),
///       preprocessing: detector.transform.preprocessing, configuration: configuration)
public struct RegionDetectionTask<Model: RegionNetwork>: TrainingTask {
  /// What a picture is to teach: the network's.
  public typealias Target = Model.Target

  /// What the run's files call it.
  public static var name: String { "detection" }

  /// The least validation loss is best.
  public let selection = BestMetric.loss

  /// Pictures side by side at their own sizes.
  public let collation = Collation.padded()

  /// What the run's description says beside the configuration.
  public let settings: [String: String]

  /// - Parameter settings: what decides the run's numbers beside the configuration, such as the detector's options: a run with
  ///   others is not resumed.
  public init(settings: [String: String] = [:]) { self.settings = settings }

  /// - Throws: ``TrainingError/classes(set:data:network:)``.
  public func check(_ data: any Dataset<Model.Target>, set: String, for network: Model) throws {
    guard data.classNames.count == network.classes.count else {
      throw TrainingError.classes(set: set, data: data.classNames.count, network: network.classes.count)
    }
  }

  public func output(of network: Model, for batch: Batch<Model.Target>, _ pass: Pass) -> RegionOutput {
    network(batch.images, sizes: batch.sizes, targets: batch.targets, pass)
  }

  public func loss(
    of output: RegionOutput, for batch: Batch<Model.Target>, in phase: TrainingPhase
  ) -> TaskLoss {
    guard let losses = output.losses else {
      preconditionFailure("RegionDetectionTask: the network has not seen the objects")
    }
    return TaskLoss(losses.total, parts: losses.parts)
  }

  public func meter(
    for phase: TrainingPhase, showing preprocessing: Preprocessing?
  ) -> RegionDetectionMeter<Model> {
    RegionDetectionMeter(for: phase)
  }
}

/// Keeps, in validation, what was found in each picture and what is in it.
public struct RegionDetectionMeter<Model: RegionNetwork>: TaskMeter {
  /// For each picture what was found, by falling score, in pixels of the picture.
  public private(set) var detections: [[Detection]] = []
  /// For each picture what is in it.
  public private(set) var objects: [[LabelledBox]] = []
  private let phase: TrainingPhase

  /// - Parameter phase: in training nothing is kept.
  public init(for phase: TrainingPhase) { self.phase = phase }

  public mutating func add(_ output: RegionOutput, for batch: Batch<Model.Target>) {
    guard phase == .validation else { return }
    detections += output.detections
    objects += batch.targets.map(Model.objects)
  }

  public var metrics: [String: Double] { [:] }
}
