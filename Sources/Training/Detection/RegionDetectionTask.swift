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
///       detector, data, task: RegionDetectionTask(for: detector),
///       preprocessing: detector.transform.preprocessing, configuration: configuration)
public struct RegionDetectionTask<Model: RegionNetwork>: TrainingTask {
  /// What a picture is to teach: the network's.
  public typealias Target = Model.Target

  /// What the run's files call it.
  public static var name: String { "detection" }

  /// The greatest mean average precision at an IoU of 0.5 is best.
  public let selection = BestMetric.map50

  /// Pictures at their own sizes: the detector resizes each of them before they are put side by side.
  public let collation = Collation.separate

  /// What the run's description says beside the configuration.
  public let settings: [String: String]

  /// In the order of the labels.
  public let classNames: [String]

  /// - Parameters:
  ///   - network: what is to be trained.
  ///   - settings: what else decides the run's numbers beside the configuration: a run with others is not resumed.
  public init(for network: Model, settings: [String: String] = [:]) {
    classNames = network.classes
    let sides = "\(network.transform.shorterSide), longer side up to \(network.transform.longestSide)"
    let own = [
      "λ of the boxes": "\(network.lambda)", "shorter side": sides,
      "batch norm of the trunk": network.backbone.plan.freezesBatchNorm ? "frozen" : "trained",
    ]
    self.settings = own.merging(settings) { $1 }
  }

  /// - Throws: ``TrainingError/classes(set:data:network:)``, ``TrainingError/noObjects(set:)``.
  public func check(_ data: any Dataset<Model.Target>, set: String, for network: Model) throws {
    guard data.classNames.count == network.classes.count else {
      throw TrainingError.classes(set: set, data: data.classNames.count, network: network.classes.count)
    }
    try data.checkObjects(set: set)
  }

  public func describe(_ network: Model, on card: inout WeightCard) {
    card.detector = DetectorDetails(
      shorterSide: network.transform.shorterSide, longestSide: network.transform.longestSide,
      lambda: network.lambda, freezesBatchNorm: network.backbone.plan.freezesBatchNorm,
      batchNormEpsilon: network.backbone.plan.batchNormEpsilon)
  }

  public func output(of network: Model, for batch: Batch<Model.Target>, _ pass: Pass) -> RegionOutput {
    network(batch.pictures, targets: batch.targets, pass)
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
  ) -> DetectionMeter<RegionOutput, Model.Target> {
    DetectionMeter(classNames: classNames, phase: phase, showing: preprocessing) { output, _ in
      output.detections
    }
  }
}

extension Dataset where Target: DetectionTarget {
  /// Refuses data that no detector can be trained or measured by.
  /// - Throws: ``TrainingError/noObjects(set:)``, what reading a target throws.
  func checkObjects(set: String) throws {
    for index in 0..<count where try target(at: index).objects.contains(where: { $0.counts }) { return }
    throw TrainingError.noObjects(set: set)
  }
}
