import Colonnade

/// Where the time of a network's inference goes: each layer's median over some runs, beside the peak of the
/// multiply-add units measured before each run.
struct Profile: Encodable {
  /// Of the layers and the rest; less than the median of whole passes where single layers were interrupted.
  let total_ms: Double
  /// Outside any layer, the median.
  let rest_ms: Double
  /// GFLOP/s on all threads; nil where there is no probe for this processor.
  let peak_gflops: Double?
  let layers: [Layer]
  let kinds: [Kind]

  struct Layer: Encodable {
    let name: String
    let kind: String
    /// `[N, H, W, C]` or `[N, C]`
    let output: [Int]
    let macs: Int
    /// Of convolutions.
    let algorithm: String?
    let cost: Cost
  }

  /// The layers of one kind that one algorithm computes.
  struct Kind: Encodable {
    let kind: String
    let algorithm: String?
    let layers: Int
    let cost: Cost
  }

  /// Time, and the rate it means: two operations for each multiply-accumulate of the direct sum. Winograd's algorithms
  /// do fewer, so that their rate may exceed the peak.
  struct Cost: Encodable {
    let ms: Double
    let share_of_time: Double
    let gflops: Double?
    let share_of_peak: Double?

    init(ms: Double, of total: Double, macs: Int, peak: Double?) {
      self.ms = ms
      share_of_time = ms / total
      let rate = macs > 0 ? 2e-6 * Double(macs) / ms : nil
      gflops = rate
      share_of_peak = peak.flatMap { peak in rate.map { $0 / peak } }
    }
  }

  /// - Parameter passes: of one network over one batch, at least one.
  init(_ passes: [ProfiledPass]) {
    let measured = median(passes.map(\.peak))
    let peak = measured > 0 ? measured : nil
    let times = passes[0].layers.indices.map { index in
      median(passes.map { $0.layers[index].seconds * 1e3 })
    }
    let rest = median(
      passes.map { pass in 1e3 * (pass.seconds - pass.layers.reduce(0) { $0 + $1.seconds }) })
    let total = rest + times.reduce(0, +)
    rest_ms = rest
    total_ms = total
    peak_gflops = peak
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

/// One pass under observation.
struct ProfiledPass {
  let start: ContinuousClock.Instant
  let seconds: Double
  let layers: [LayerRecord]
  /// GFLOP/s of multiply-adds just before.
  let peak: Double

  /// - Parameter body: runs the network once.
  init(_ body: (any PassObserver) throws -> Void) rethrows {
    // The best of several short bursts: a neighbour's burst should not pass for a low peak.
    peak = (0..<4).map { _ in MultiplyAddPeak.burst(threads: Parallel.threads, rounds: 600_000) }.max()!
    let recorder = Recorder()
    start = .now
    try body(recorder)
    seconds = (ContinuousClock.now - start) / .seconds(1)
    layers = recorder.layers
  }

  private final class Recorder: PassObserver {
    var layers: [LayerRecord] = []
    func didRun(_ record: LayerRecord) { layers.append(record) }
  }
}
