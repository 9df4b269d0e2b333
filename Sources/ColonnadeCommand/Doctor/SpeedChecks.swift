import Colonnade

/// How fast: the peak of the multiply-add units, and what matrix products reach of it.
enum SpeedChecks {
  static func multiplyAddPeak() -> Finding {
    let peak = rates.peak
    guard peak.one > 0 else { return Finding("multiply-add peak", .warning, "no probe for this processor") }
    return Finding("multiply-add peak", .passed, peak.description, measured: peak.measured)
  }

  static func products() -> Finding {
    let (peak, product) = (rates.peak, rates.product)
    let detail = "\(product), for \(size)×\(size)"
    guard peak.one > 0 else { return Finding("matrix product", .passed, detail, measured: product.measured) }
    let shares = [product.one / peak.one, product.all / peak.all]
    return Finding(
      "matrix product", shares.allSatisfy { $0 >= acceptableShare } ? .passed : .warning,
      "\(detail): \(percent(shares[0], 0)) and \(percent(shares[1], 0)) of the peak",
      measured: product.measured)
  }

  /// Below this share of the peak, something is wrong with the library or the machine is busy.
  private static let acceptableShare = 0.4
  private static let size = 1024
  /// Of a burst of multiply-adds.
  private static let rounds = 2_000_000

  /// GFLOP/s on one thread and on all.
  private struct Rate: CustomStringConvertible {
    var one = 0.0
    var all = 0.0

    var measured: [String: Double] { ["one_thread_gflops": one, "all_threads_gflops": all] }
    var description: String {
      "\(fixed(one, 0)) GFLOP/s on 1 thread, \(fixed(all, 0)) on \(Parallel.threads)"
    }
  }

  /// The best of several runs, which take turns, so that what else the machine does strikes all alike.
  private static let rates: (peak: Rate, product: Rate) = {
    let a = Tensor(repeating: 0.5, shape: [size, size])
    var c = Tensor(zeros: [size, size])
    return a.withUnsafeBufferPointer { a in
      c.withUnsafeMutableBufferPointer { c in
        let (a, c) = (a.baseAddress!, c.baseAddress!)
        let work = 2 * Double(size) * Double(size) * Double(size)
        var (peak, product) = (Rate(), Rate())
        for _ in 0..<8 {
          peak.one = max(peak.one, MultiplyAddPeak.burst(threads: 1, rounds: rounds))
          peak.all = max(peak.all, MultiplyAddPeak.burst(threads: Parallel.threads, rounds: rounds))
          product.one = max(
            product.one,
            rate(work) { GEMM.multiply(m: size, n: size, k: size, a, lda: size, a, ldb: size, c, ldc: size) })
          product.all = max(
            product.all,
            rate(work) {
              GEMM.multiplyInParallel(m: size, n: size, k: size, a, lda: size, a, ldb: size, c, ldc: size)
            })
        }
        return (peak, product)
      }
    }
  }()

  private static func rate(_ operations: Double, _ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return operations / ((ContinuousClock.now - start) / .seconds(1)) / 1e9
  }
}
