import Engine

/// Gathers batch by batch what a calibration is computed from. Its error needs a few numbers; the temperature needs all logits,
/// which are kept up to a bound.
package struct CalibrationCollector {
  /// Pictures times classes, 64 MiB of them: more than a thousand classes of 16,000 pictures have no temperature.
  package static let mostLogits = 1 << 24

  private let mostLogits: Int
  private var tally = CalibrationTally()
  /// Nil where there are too many.
  private var logits: [Float]? = []
  private var labels: [Int] = []
  private var isFinite = true

  /// - Parameter mostLogits: that are kept for the temperature.
  package init(mostLogits: Int = Self.mostLogits) { self.mostLogits = mostLogits }

  /// - Parameters:
  ///   - batch: logits `[N, C]`.
  ///   - labels: N classes.
  package mutating func add(_ batch: Tensor, labels new: [Int]) {
    isFinite = isFinite && batch.isFinite
    guard isFinite else {
      logits = nil
      return
    }
    batch.forEachRow { tally.add($1, label: new[$0]) }
    labels += new
    guard let kept = logits?.count else { return }
    if kept + batch.count <= mostLogits { logits!.append(contentsOf: batch.scalars) } else { logits = nil }
  }

  /// As the network says; nil where a logit is not finite, or there are no pictures.
  package var calibration: Calibration? { isFinite ? tally.calibration : nil }

  /// At the temperature fitted on these pictures themselves; nil where there were too many logits to keep, and where there is no
  /// calibration.
  package var scaled: Calibration? {
    guard isFinite, let logits, !labels.isEmpty else { return nil }
    return Calibration(
      logits: logits, labels: labels, temperature: Calibration.temperature(logits: logits, labels: labels))
  }
}
