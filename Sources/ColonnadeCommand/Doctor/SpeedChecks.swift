import Colonnade

/// How fast: the peak of the multiply-add units, and what matrix products reach of it.
enum SpeedChecks {
  /// Measured once: GFLOP/s of fused multiply-adds on one thread and on all; 0 where there is no probe.
  private static let peak: (one: Double, all: Double) = {
    (burst(threads: 1), burst(threads: Parallel.threads))
  }()

  /// Below this share of the peak, something is wrong with the library or the machine is busy.
  private static let acceptableShare = 0.4

  static func multiplyAddPeak() -> Finding {
    guard peak.one > 0 else { return Finding("multiply-add peak", .warning, "no probe for this processor") }
    return Finding(
      "multiply-add peak", .passed,
      "\(fixed(peak.one, 0)) GFLOP/s on 1 thread, \(fixed(peak.all, 0)) on \(Parallel.threads)",
      measured: ["one_thread_gflops": peak.one, "all_threads_gflops": peak.all])
  }

  static func products() -> Finding {
    let size = 1024
    let (one, all) = (productRate(size, inParallel: false), productRate(size, inParallel: true))
    let measured = ["one_thread_gflops": one, "all_threads_gflops": all]
    let detail = "\(fixed(one, 0)) GFLOP/s on 1 thread, \(fixed(all, 0)) on \(Parallel.threads), for \(size)×\(size)"
    guard peak.one > 0 else { return Finding("matrix product", .passed, detail, measured: measured) }
    let shares = [one / peak.one, all / peak.all]
    let verdict = shares.allSatisfy { $0 >= acceptableShare } ? Finding.Verdict.passed : .warning
    return Finding(
      "matrix product", verdict,
      "\(detail): \(percent(shares[0], 0)) and \(percent(shares[1], 0)) of the peak", measured: measured)
  }

  private static func burst(threads: Int) -> Double {
    let rounds = 2_000_000
    return best { () -> Double in
      Parallel.forEach(threads) { _ in _ = GEMM.fmaBurst(rounds: rounds) }
      return Double(threads) * GEMM.fmaBurst(rounds: 1) * Double(rounds)
    }
  }

  private static func productRate(_ size: Int, inParallel: Bool) -> Double {
    let a = Tensor(repeating: 0.5, shape: [size, size])
    var c = Tensor(zeros: [size, size])
    return a.withUnsafeBufferPointer { a in
      c.withUnsafeMutableBufferPointer { c in
        let (a, c) = (a.baseAddress!, c.baseAddress!)
        return best { () -> Double in
          if inParallel {
            GEMM.multiplyInParallel(m: size, n: size, k: size, a, lda: size, a, ldb: size, c, ldc: size)
          } else {
            GEMM.multiply(m: size, n: size, k: size, a, lda: size, a, ldb: size, c, ldc: size)
          }
          return 2 * Double(size) * Double(size) * Double(size)
        }
      }
    }
  }

  /// The best rate of several runs after one to warm up, in GFLOP/s; `work` returns the operations it did.
  private static func best(_ work: () -> Double) -> Double {
    _ = work()
    let rates = (0..<8).map { _ in
      let start = ContinuousClock.now
      let operations = work()
      return operations / ((ContinuousClock.now - start) / .seconds(1)) / 1e9
    }
    return rates.max()!
  }
}
