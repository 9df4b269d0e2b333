import Engine

/// Where the time of a network's inference goes: each layer's median over some runs, beside the peak of the
/// multiply-add units measured before each run.
public struct Profile: Codable, Hashable, Sendable {
  /// Milliseconds of the layers and the rest; less than the median of whole passes where single layers were interrupted.
  public let totalMilliseconds: Double
  /// Milliseconds outside any layer, the median.
  public let restMilliseconds: Double
  /// GFLOP/s on all threads; nil where there is no probe for this processor.
  public let peakGFLOPS: Double?
  /// In the order in which they compute.
  public let layers: [Layer]
  /// The longest first.
  public let kinds: [Kind]

  private enum CodingKeys: String, CodingKey {
    case layers, kinds
    case totalMilliseconds = "total_ms"
    case restMilliseconds = "rest_ms"
    case peakGFLOPS = "peak_gflops"
  }

  /// One layer and its cost.
  public struct Layer: Codable, Hashable, Sendable {
    /// Where it is, such as `layer1.0.conv1`; empty for layers without parameters.
    public let name: String
    /// What it is, such as `Conv2d 3×3`.
    public let kind: String
    /// `[N, H, W, C]` or `[N, C]`
    public let output: [Int]
    /// Multiply-accumulates of the direct sum, for the whole batch.
    public let macs: Int
    /// Of convolutions.
    public let algorithm: String?
    /// The median.
    public let cost: Cost
  }

  /// The layers of one kind that one algorithm computes.
  public struct Kind: Codable, Hashable, Sendable {
    /// What it is, such as `Conv2d 3×3`.
    public let kind: String
    /// As in ``Layer/algorithm``; nil for layers that are no convolutions.
    public let algorithm: String?
    /// How many layers there are of it.
    public let layers: Int
    /// Of all of them together.
    public let cost: Cost
  }

  /// Time, and the rate it means: two operations for each multiply-accumulate of the direct sum. Winograd's algorithms
  /// do fewer, so that their rate may exceed the peak.
  public struct Cost: Codable, Hashable, Sendable {
    /// Milliseconds.
    public let ms: Double
    /// In 0...1.
    public let shareOfTime: Double
    /// GFLOP/s; nil where nothing is multiplied.
    public let gflops: Double?
    /// Of the multiply-add peak; nil where one of the two is not known.
    public let shareOfPeak: Double?

    private enum CodingKeys: String, CodingKey {
      case ms, gflops
      case shareOfTime = "share_of_time"
      case shareOfPeak = "share_of_peak"
    }

    /// - Parameters:
    ///   - ms: milliseconds of the part.
    ///   - total: milliseconds of the whole.
    ///   - macs: multiply-accumulates of the part; 0 has no rate.
    ///   - peak: GFLOP/s.
    public init(ms: Double, of total: Double, macs: Int, peak: Double?) {
      self.ms = ms
      shareOfTime = ms / total
      let rate = macs > 0 ? 2e-6 * Double(macs) / ms : nil
      gflops = rate
      shareOfPeak = peak.flatMap { peak in rate.map { $0 / peak } }
    }
  }

  /// - Parameter passes: of one network over one batch, at least one.
  public init(_ passes: [ProfiledPass]) {
    let measured = passes.map(\.peak).median
    let peak = measured > 0 ? measured : nil
    let times = passes[0].layers.indices.map { index in
      passes.map { $0.layers[index].seconds * 1e3 }.median
    }
    let rest = passes.map { pass in 1e3 * (pass.seconds - pass.layers.reduce(0) { $0 + $1.seconds }) }.median
    let total = rest + times.reduce(0, +)
    restMilliseconds = rest
    totalMilliseconds = total
    peakGFLOPS = peak
    layers = zip(passes[0].layers, times).map { record, ms in
      Layer(
        name: record.name, kind: record.kind, output: record.output.dimensions, macs: record.macs,
        algorithm: record.algorithm, cost: Cost(ms: ms, of: total, macs: record.macs, peak: peak))
    }
    kinds = Self.kinds(layers, total: total, peak: peak)
  }

  /// Sums over layers of the same kind and algorithm, the longest first.
  private static func kinds(_ layers: [Layer], total: Double, peak: Double?) -> [Kind] {
    struct Key: Hashable {
      let kind: String
      let algorithm: String?
    }
    // `Conv2d + ReLU 3×3 /2` is a `Conv2d`.
    let groups = Dictionary(grouping: layers) { layer in
      Key(kind: String(layer.kind.prefix { $0 != " " }), algorithm: layer.algorithm)
    }
    return groups.map { key, layers in
      let cost = Cost(
        ms: layers.reduce(0) { $0 + $1.cost.ms }, of: total, macs: layers.reduce(0) { $0 + $1.macs },
        peak: peak)
      return Kind(kind: key.kind, algorithm: key.algorithm, layers: layers.count, cost: cost)
    }.sorted { $0.cost.ms > $1.cost.ms }
  }
}
