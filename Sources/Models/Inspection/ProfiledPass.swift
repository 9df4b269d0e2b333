import Engine

/// One pass under observation.
public struct ProfiledPass: Sendable {
  /// When it began.
  public let start: ContinuousClock.Instant
  /// How long it took.
  public let seconds: Double
  /// In the order in which they computed.
  public let layers: [LayerRecord]
  /// GFLOP/s of multiply-adds just before; 0 where there is no probe for this processor.
  public let peak: Double

  /// - Parameter body: runs the network once, with the observer.
  public init(_ body: (any PassObserver) throws -> Void) rethrows {
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

/// The rate of independent fused multiply-adds: what no product of matrices can exceed.
public enum MultiplyAddPeak {
  /// GFLOP/s of one burst on `threads` threads; 0 where there is no probe for this processor.
  public static func burst(threads: Int, rounds: Int) -> Double {
    let operations = GEMM.fmaBurst(rounds: 1) * Double(rounds * threads)
    let start = ContinuousClock.now
    Parallel.forEach(threads) { _ in _ = GEMM.fmaBurst(rounds: rounds) }
    return operations / ((ContinuousClock.now - start) / .seconds(1)) / 1e9
  }
}

extension Collection where Element == Double {
  /// The middle value, or the mean of the two in the middle.
  /// - Precondition: there is one.
  package var median: Double {
    let sorted = sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}
