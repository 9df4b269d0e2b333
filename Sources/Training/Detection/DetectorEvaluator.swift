import Datasets
import Images
import Models

/// Measures a detector on annotated pictures at their own sizes, as `detect` finds objects in them.
///
///     let found = try DetectorEvaluator(trained.detector).evaluate(data)
///     print(found.evaluation.vocArea)
public struct DetectorEvaluator: Sendable {
  /// What is measured.
  public let detector: any Detector
  /// Which candidates count.
  public let options: DetectionOptions

  /// - Parameters:
  ///   - detector: what is measured.
  ///   - options: which candidates count; what is nil is what the detector is measured with, see
  ///     `Detector.measuredOptions`.
  public init(_ detector: any Detector, options: DetectionOptions = .init()) {
    self.detector = detector
    let own = detector.measuredOptions
    self.options = DetectionOptions(
      score: options.score ?? own.score, overlap: options.overlap ?? own.overlap,
      maximum: options.maximum ?? own.maximum)
  }

  /// - Parameters:
  ///   - data: pictures with their objects; labels are the detector's.
  ///   - labels: of the classes of which the data say where they are; detections of others are neither right nor wrong, so left
  ///     out. Nil is all.
  ///   - score: from which on detections are sorted into mistakes; nil for where F₁ over all classes is greatest.
  ///   - progress: told of the pictures done.
  /// - Returns: how it did, and what it found in each picture.
  /// - Throws: what reading the data throws, `NetworkError` where the detector gives no finite numbers.
  public func evaluate(
    _ data: any Dataset<[LabelledBox]>, labels: Set<Int>? = nil, score: Float? = nil,
    progress: (Int) throws -> Void = { _ in }
  ) throws -> (evaluation: DetectionEvaluation, detections: [[Detection]]) {
    var (detections, truths) = ([[Detection]](), [[LabelledBox]]())
    for index in 0..<data.count {
      let example = try data.example(at: index)
      detections += try detector.detect(in: [example.image], options).map { found in
        found.filter { labels?.contains($0.label) ?? true }
      }
      truths.append(example.target)
      try progress(index + 1)
    }
    let evaluation = DetectionEvaluation(detections, truths, classNames: detector.classes, score: score)
    return (evaluation, detections)
  }
}
