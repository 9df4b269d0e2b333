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
    var tally = CalibrationTally(bins: count, temperature: temperature)
    Self.forEachRow(logits, labels) { row, label in tally.add(row, label: label) }
    self = tally.calibration!
  }

  fileprivate init(temperature: Double, error: Double, loss: Double, bins: [Bin]) {
    (self.temperature, self.error, self.loss, self.bins) = (temperature, error, loss, bins)
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

extension Calibration {
  /// - Throws: `DecodingError`, also where a share is none.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    temperature = try values.decode(Double.self, forKey: .temperature)
    error = try values.decode(Double.self, forKey: .error)
    loss = try values.decode(Double.self, forKey: .loss)
    bins = try values.decode([Bin].self, forKey: .bins)
    let arePossible = bins.allSatisfy { bin in
      bin.count >= 0 && [bin.lower, bin.upper, bin.confidence, bin.accuracy].allSatisfy { 0...1 ~= $0 }
    }
    guard temperature > 0, error >= 0, arePossible else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "shares that are none"))
    }
  }
}

/// Adds up a calibration picture by picture.
struct CalibrationTally {
  private let temperature: Double
  private var counts: [Int]
  private var confidences: [Double]
  private var right: [Int]
  private var loss = 0.0

  init(bins: Int = 15, temperature: Double = 1) {
    self.temperature = temperature
    counts = Array(repeating: 0, count: bins)
    confidences = Array(repeating: 0, count: bins)
    right = Array(repeating: 0, count: bins)
  }

  /// - Parameters:
  ///   - row: a picture's logits, all finite.
  ///   - label: its class.
  mutating func add(_ row: UnsafeBufferPointer<Float>, label: Int) {
    let best = Ranking.first(row)
    let most = Double(row[best])
    var total = 0.0
    for logit in row { total += exp(1 / temperature * (Double(logit) - most)) }
    let confidence = 1 / total
    let bin = min(max(Int((confidence * Double(counts.count)).rounded(.up)) - 1, 0), counts.count - 1)
    counts[bin] += 1
    confidences[bin] += confidence
    if best == label { right[bin] += 1 }
    loss += log(total) - (Double(row[label]) - most) / temperature
  }

  /// Of the pictures so far; nil where there are none.
  var calibration: Calibration? {
    let pictures = counts.reduce(0, +)
    guard pictures > 0 else { return nil }
    let bins = counts.indices.map { bin in
      let count = max(Double(counts[bin]), 1)
      return Calibration.Bin(
        lower: Double(bin) / Double(counts.count), upper: Double(bin + 1) / Double(counts.count),
        count: counts[bin], confidence: confidences[bin] / count, accuracy: Double(right[bin]) / count)
    }
    let error = bins.reduce(0) { $0 + Double($1.count) * abs($1.accuracy - $1.confidence) } / Double(pictures)
    return Calibration(
      temperature: temperature, error: error, loss: loss / Double(pictures), bins: bins)
  }
}
