import Engine
import Timing

/// GFLOP/s of independent fused multiply-adds on `threads` threads: the best of four bursts of about two
/// milliseconds, 0 where this processor has no probe. Leaves `Parallel.threads` at `threads`.
public func multiplyAddPeak(threads: Int) -> Double {
  Parallel.threads = threads
  var best = 0.0
  for _ in 0..<4 {
    var operations = [Double](repeating: 0, count: threads)
    let elapsed = operations.withUnsafeMutableBufferPointer { operations in
      nonisolated(unsafe) let operations = operations
      return seconds { Parallel.forEach(threads) { operations[$0] = GEMM.fmaBurst(rounds: 600_000) } }
    }
    best = max(best, operations.reduce(0, +) / elapsed * 1e-9)
  }
  return best
}
