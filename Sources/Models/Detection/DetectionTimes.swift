import Synchronization

/// A part of a detector's work.
public enum DetectionStage: String, CaseIterable, Codable, Sendable {
  /// Pictures brought to the network: resized, normalized.
  case preparation
  /// The layers that look at whole pictures: of an R-CNN its backbone with the pyramid, of YOLO all of them.
  case trunk
  /// Where objects may be: a region proposal network with the suppression of its boxes, or what comes from elsewhere, such
  /// as selective search.
  case proposals
  /// What is in each of the proposals: pooling, and the layers behind it.
  case head
  /// From outputs to detections: boxes are decoded, and of those that overlap the best are kept.
  case suppression

  /// Runs `body`, whose time counts for this stage where somebody measures: see ``DetectionTimes/measuring(_:)``. Stages
  /// are not run within each other.
  /// - Parameter body: the stage's work.
  /// - Returns: what `body` returned.
  public func measured<R>(_ body: () throws -> R) rethrows -> R {
    guard let recorder = DetectionTimes.recorder else { return try body() }
    let start = ContinuousClock.now
    defer { recorder.add(ContinuousClock.now - start, to: self) }
    return try body()
  }
}

/// How long a detector's stages took, those of all pictures together.
///
///     let (found, times) = try DetectionTimes.measuring {
///       try detector.detect(in: pictures, DetectionOptions())
///     }
///     print(times[.trunk], times[.head])
public struct DetectionTimes: Sendable {
  /// What stages are told to; nil where nobody measures.
  @TaskLocal fileprivate static var recorder: Recorder?

  private let seconds: [DetectionStage: Double]

  /// Seconds of a stage; 0 where the detector has none of that kind.
  public subscript(stage: DetectionStage) -> Double { seconds[stage] ?? 0 }

  /// Runs `body` and measures the stages of the detectors that it calls. Other callers are not concerned.
  /// - Parameter body: calls detectors; on several threads at once their times are added.
  /// - Returns: what `body` returned, and the times.
  public static func measuring<R>(_ body: () throws -> R) rethrows -> (result: R, times: DetectionTimes) {
    let recorder = Recorder()
    let result = try $recorder.withValue(recorder, operation: body)
    return (result, DetectionTimes(seconds: recorder.seconds))
  }

  fileprivate final class Recorder: Sendable {
    private let durations = Mutex<[DetectionStage: Duration]>([:])

    func add(_ duration: Duration, to stage: DetectionStage) {
      durations.withLock { $0[stage, default: .zero] += duration }
    }

    var seconds: [DetectionStage: Double] {
      durations.withLock { $0.mapValues { $0 / .seconds(1) } }
    }
  }
}
