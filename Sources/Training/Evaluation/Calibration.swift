import Foundation

/// How far a classifier's probabilities are from the shares that are right: Guo et al. 2017, "On Calibration of Modern Neural
/// Networks".
public struct Calibration: Codable, Hashable, Sendable {
  /// The pictures whose confidence lies in one interval.
  public struct Bin: Codable, Hashable, Sendable {
    /// The interval: above `lower`, at most `upper`.
    public let lower, upper: Double
    /// How many pictures.
    public let count: Int
    /// The mean probability of the likeliest class; 0 where there are no pictures.
    public let confidence: Double
    /// The share whose likeliest class is right; 0 where there are no pictures.
    public let accuracy: Double
  }

  /// By which the logits were divided.
  public let temperature: Double
  /// The expected calibration error: the mean distance of confidence and accuracy, bins weighted by their pictures.
  public let error: Double
  /// The mean negative log-likelihood of the labels.
  public let loss: Double
  /// Intervals of confidence of equal length.
  public let bins: [Bin]

  /// - Parameters:
  ///   - logits: a row for each label, all finite.
  ///   - labels: at least one.
  ///   - count: intervals of confidence of equal length.
  ///   - temperature: above 0; the logits are divided by it.
  public init(logits: [Float], labels: [Int], bins count: Int = 15, temperature: Double = 1) {
    precondition(
      !labels.isEmpty && logits.count % labels.count == 0 && count > 0 && temperature > 0,
      "Calibration: \(logits.count) logits of \(labels.count) pictures in \(count) bins at a temperature of \(temperature)"
    )
    var counts = [Int](repeating: 0, count: count)
    var (confidences, right) = ([Double](repeating: 0, count: count), [Int](repeating: 0, count: count))
    var sum = 0.0
    Self.forEachRow(logits, labels) { row, label in
      let best = Ranking.first(row)
      let total = Self.partition(row, 1 / temperature, relativeTo: best)
      let confidence = 1 / total
      let bin = min(max(Int((confidence * Double(count)).rounded(.up)) - 1, 0), count - 1)
      counts[bin] += 1
      confidences[bin] += confidence
      if best == label { right[bin] += 1 }
      sum += log(total) - (Double(row[label]) - Double(row[best])) / temperature
    }
    self.temperature = temperature
    loss = sum / Double(labels.count)
    bins = (0..<count).map { bin in
      let pictures = max(Double(counts[bin]), 1)
      return Bin(
        lower: Double(bin) / Double(count), upper: Double(bin + 1) / Double(count), count: counts[bin],
        confidence: confidences[bin] / pictures, accuracy: Double(right[bin]) / pictures)
    }
    error =
      bins.reduce(0) { $0 + Double($1.count) * abs($1.accuracy - $1.confidence) } / Double(labels.count)
  }

  /// The temperatures that are looked at: where all pictures are right, the likelihood grows for ever as it falls.
  public static let temperatures = 0.01...100.0

  /// Which end of ``temperatures`` a fitted one is, in words: the best lies beyond it; nil where it is none.
  package static func bound(_ temperature: Double) -> String? {
    switch temperature {
    case temperatures.lowerBound: "the least that is tried"
    case temperatures.upperBound: "the greatest that is tried"
    default: nil
    }
  }

  /// The temperature by which the logits are to be divided so that the mean negative log-likelihood of the labels is least:
  /// Newton's method in its reciprocal, in which it is convex, kept between bounds, within ``temperatures``.
  /// - Parameters:
  ///   - logits: a row for each label, all finite.
  ///   - labels: at least one.
  public static func temperature(logits: [Float], labels: [Int]) -> Double {
    var (low, high) = (1 / temperatures.upperBound, 1 / temperatures.lowerBound)
    if slope(logits, labels, low).first >= 0 { return temperatures.upperBound }
    if slope(logits, labels, high).first <= 0 { return temperatures.lowerBound }
    var beta = 1.0
    for _ in 0..<60 {
      let (first, second) = slope(logits, labels, beta)
      if first > 0 { high = beta } else { low = beta }
      let newton = second > 0 ? beta - first / second : low
      let next = low < newton && newton < high ? newton : (low * high).squareRoot()
      if abs(next - beta) <= 1e-10 * beta { return 1 / next }
      beta = next
    }
    return 1 / beta
  }

  /// The first and second derivative of the mean negative log-likelihood with respect to the reciprocal of the temperature.
  private static func slope(
    _ logits: [Float], _ labels: [Int], _ beta: Double
  ) -> (first: Double, second: Double) {
    var (first, second) = (0.0, 0.0)
    forEachRow(logits, labels) { row, label in
      let most = Double(row[Ranking.first(row)])
      var (total, mean, squares) = (0.0, 0.0, 0.0)
      for logit in row {
        let distance = Double(logit) - most
        let weight = exp(beta * distance)
        total += weight
        mean += weight * distance
        squares += weight * distance * distance
      }
      (mean, squares) = (mean / total, squares / total)
      first += mean - (Double(row[label]) - most)
      second += squares - mean * mean
    }
    return (first / Double(labels.count), second / Double(labels.count))
  }

  /// Σ exp(β · (logit − the best one)).
  private static func partition(
    _ row: UnsafeBufferPointer<Float>, _ beta: Double, relativeTo best: Int
  ) -> Double {
    let most = Double(row[best])
    var sum = 0.0
    for logit in row { sum += exp(beta * (Double(logit) - most)) }
    return sum
  }

  private static func forEachRow(
    _ logits: [Float], _ labels: [Int], _ body: (UnsafeBufferPointer<Float>, Int) -> Void
  ) {
    let classes = logits.count / labels.count
    logits.withUnsafeBufferPointer { logits in
      for (picture, label) in labels.enumerated() {
        body(UnsafeBufferPointer(rebasing: logits[picture * classes..<(picture + 1) * classes]), label)
      }
    }
  }
}
