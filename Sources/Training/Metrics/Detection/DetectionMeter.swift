import Datasets
import Images
import Models

/// Counts what a detector finds in the pictures of a batch: the meter of tasks that train detectors.
///
/// In validation the metrics are `map50` (Pascal VOC's area at an IoU of 0.5), `map50_07` (its eleven points) and COCO's `map`,
/// `map75` and `recall100`; in training, where detectors find nothing, there are none. Boxes are in continuous pixels of the
/// batch's pictures, detections' and targets' alike.
///
///     DetectionMeter(classNames: names, phase: phase, showing: preprocessing) { output, batch in decode(output) }
public struct DetectionMeter<Output, Target: DetectionTarget>: TaskMeter {
  private let classNames: [String]
  private let phase: TrainingPhase
  private let detections: @Sendable (Output, Batch<Target>) -> [[Detection]]
  private var found: [[Detection]] = []
  private var truths: [[LabelledBox]] = []
  private var collector: DetectionCollector?

  /// - Parameters:
  ///   - classNames: in the order of the labels.
  ///   - phase: in training nothing is counted.
  ///   - preprocessing: set where some pictures are to be kept for a report; makes a picture of what the network got.
  ///   - detections: what the network found in each picture of a batch.
  public init(
    classNames: [String], phase: TrainingPhase, showing preprocessing: Preprocessing?,
    detections: @escaping @Sendable (Output, Batch<Target>) -> [[Detection]]
  ) {
    self.classNames = classNames
    self.phase = phase
    self.detections = detections
    collector = preprocessing.map { DetectionCollector(classNames: classNames, preprocessing: $0) }
  }

  /// Counts a batch.
  /// - Precondition: there are detections for each picture of the batch, and labels are below the number of classes.
  public mutating func add(_ output: Output, for batch: Batch<Target>) {
    guard phase == .validation else { return }
    let found = detections(output, batch)
    precondition(
      found.count == batch.count,
      "DetectionMeter: detections of \(found.count) pictures for a batch of \(batch.count)")
    collector?.add(batch, found, first: truths.count)
    self.found += found
    truths += batch.targets.map(\.objects)
  }

  public var metrics: [String: Double] {
    guard phase == .validation else { return [:] }
    let groups = DetectionGroups(found, truths, classes: classNames.count)
    let curves = DetectionMetrics.vocCurves(groups, overlap: 0.5)
    let coco = DetectionMetrics.coco(groups)
    let all: [String: Double?] = [
      "map50": AveragePrecision(perClass: curves.map(\.area)).mean,
      "map50_07": AveragePrecision(perClass: curves.map(\.elevenPointAverage)).mean, "map": coco.ap,
      "map75": coco.ap75, "recall100": coco.ar100,
    ]
    return all.compactMapValues { $0 }
  }

  public var examples: [ExamplePicture] { collector?.examples ?? [] }

  public func evaluation(_ measures: Measures) -> DetectionEvaluation {
    DetectionEvaluation(found, truths, classNames: classNames, loss: measures.loss)
  }
}

extension DetectionMeter where Output == [[Detection]] {
  /// A meter of what a network finds itself.
  /// - Parameters:
  ///   - classNames: in the order of the labels.
  ///   - phase: in training nothing is counted.
  ///   - preprocessing: set where some pictures are to be kept for a report.
  public init(classNames: [String], phase: TrainingPhase, showing preprocessing: Preprocessing?) {
    self.init(classNames: classNames, phase: phase, showing: preprocessing) { output, _ in output }
  }
}

extension BestMetric {
  /// Mean average precision at an IoU of 0.5, Pascal VOC's area.
  public static let map50 = BestMetric("map50", better: .higher)
}
