/// Median and spread of samples of one quantity.
public struct Summary: Codable, Sendable {
  public let count: Int
  public let minimum: Double
  public let lowerQuartile: Double
  public let median: Double
  public let upperQuartile: Double
  public let maximum: Double

  /// - Precondition: `samples` is not empty.
  public init(_ samples: [Double]) {
    precondition(!samples.isEmpty, "Summary: no samples")
    let sorted = samples.sorted()
    count = sorted.count
    minimum = sorted[0]
    lowerQuartile = Self.quantile(0.25, of: sorted)
    median = Self.quantile(0.5, of: sorted)
    upperQuartile = Self.quantile(0.75, of: sorted)
    maximum = sorted[sorted.count - 1]
  }

  /// Linear between the two samples that the quantile falls between.
  private static func quantile(_ fraction: Double, of sorted: [Double]) -> Double {
    let position = fraction * Double(sorted.count - 1)
    let below = Int(position), above = min(below + 1, sorted.count - 1)
    return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
  }
}
