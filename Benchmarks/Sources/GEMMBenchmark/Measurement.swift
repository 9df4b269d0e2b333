import Engine
import Machine
import Timing

/// What was measured of one product on one number of threads.
struct Measurement: Codable {
  let name: String
  let m, n, k, uses, threads: Int
  let gflops: Summary
  /// Of the rate of independent fused multiply-adds just before each sample; absent where there is no probe.
  let shareOfPeak: Summary?
  let peakGFLOPS: Summary?
}

/// Times products in rounds: each round takes one sample of each product, so that a machine whose speed drifts
/// drifts for all alike, and each sample has the peak measured beside it.
struct Sampler {
  let products: [Product]
  let threads: [Int]
  let rounds: Int
  /// Seconds that one sample takes at least.
  let sampleSeconds: Double

  func run(progress: (String) -> Void) -> [Measurement] {
    let operands = Operands(for: products)
    let cases = threads.flatMap { threads in products.map { (product: $0, threads: threads) } }
    var rates = [[Double]](repeating: [], count: cases.count)
    var peaks = rates
    var counts = [Int](repeating: 0, count: cases.count)
    for round in 0..<rounds {
      for (index, (product, threads)) in cases.enumerated() {
        progress("round \(round + 1)/\(rounds): \(product.name), \(threads) thread(s)")
        Parallel.threads = threads
        if round == 0 {
          operands.check(product)
          counts[index] = repetitions(lasting: sampleSeconds) { operands.multiply(product) }
        }
        peaks[index].append(multiplyAddPeak(threads: threads))
        operands.multiply(product)  // caches and workers warm again after the probe
        let elapsed = seconds { for _ in 0..<counts[index] { operands.multiply(product) } }
        rates[index].append(product.operations * Double(counts[index]) / elapsed * 1e-9)
      }
    }
    return cases.indices.map { index in
      let (product, threads) = cases[index]
      let hasPeak = peaks[index].allSatisfy { $0 > 0 }
      return Measurement(
        name: product.name, m: product.m, n: product.n, k: product.k, uses: product.uses, threads: threads,
        gflops: Summary(rates[index]),
        shareOfPeak: hasPeak ? Summary(zip(rates[index], peaks[index]).map { $0 / $1 }) : nil,
        peakGFLOPS: hasPeak ? Summary(peaks[index]) : nil)
    }
  }
}
