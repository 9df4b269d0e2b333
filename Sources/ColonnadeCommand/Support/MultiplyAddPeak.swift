import Colonnade

/// The rate of independent fused multiply-adds: what no product of matrices can exceed.
enum MultiplyAddPeak {
  /// GFLOP/s of one burst on `threads` threads; 0 where there is no probe for this processor.
  static func burst(threads: Int, rounds: Int) -> Double {
    let operations = GEMM.fmaBurst(rounds: 1) * Double(rounds * threads)
    let start = ContinuousClock.now
    Parallel.forEach(threads) { _ in _ = GEMM.fmaBurst(rounds: rounds) }
    return operations / ((ContinuousClock.now - start) / .seconds(1)) / 1e9
  }
}
