import Colonnade
import Foundation

/// Products computed on many threads at once, held against plain loops: some builds of BLAS libraries share
/// buffers between threads that they should not.
enum ConcurrencyCheck {
  private static let repetitions = 20

  static func run() -> Finding {
    let name = "concurrent products"
    let callers = max(8, 2 * Parallel.processors)
    let products = (0..<callers).map(Product.init)
    let faults = products.map { _ in Faults() }
    let threads = zip(products, faults).map { product, faults in
      Thread {
        faults.count = (0..<repetitions).filter { _ in !product.isRight() }.count
        faults.isDone.signal()
      }
    }
    for thread in threads { thread.start() }
    for fault in faults { fault.isDone.wait() }

    let wrong = faults.reduce(0) { $0 + $1.count }
    let total = callers * repetitions
    let measured = ["threads": Double(callers), "products": Double(total), "wrong": Double(wrong)]
    guard wrong == 0 else {
      return Finding(
        name, .failed,
        "\(wrong) of \(total) products wrong on \(callers) threads at once: this BLAS cannot be used",
        measured: measured)
    }
    return Finding(name, .passed, "\(total) products right on \(callers) threads at once", measured: measured)
  }

  private final class Faults: @unchecked Sendable {
    /// Written by the thread before it signals, read after.
    var count = 0
    let isDone = DispatchSemaphore(value: 0)
  }

  /// A product of its own shape with the result that plain loops in double precision give.
  private struct Product: Sendable {
    let m, n, k: Int
    let a, b: [Float]
    let expected: [Double]

    init(index: Int) {
      let (m, n, k) = (96 + 8 * index, 112 - 4 * (index % 8), 160 + 16 * (index % 5))
      var generator = RandomStream(seed: UInt64(index))
      let a = (0..<m * k).map { _ in generator.uniform(-1, 1) }
      let b = (0..<k * n).map { _ in generator.uniform(-1, 1) }
      var expected = [Double](repeating: 0, count: m * n)
      for i in 0..<m {
        for p in 0..<k {
          let scale = Double(a[i * k + p])
          for j in 0..<n { expected[i * n + j] += scale * Double(b[p * n + j]) }
        }
      }
      (self.m, self.n, self.k, self.a, self.b, self.expected) = (m, n, k, a, b, expected)
    }

    /// Sums of `k` products of numbers up to 1 stray from the exact one by a few √k units in the last place.
    func isRight() -> Bool {
      var c = [Float](repeating: .nan, count: m * n)
      GEMM.multiply(m: m, n: n, k: k, a, lda: k, b, ldb: n, &c, ldc: n)
      return zip(c, expected).allSatisfy { abs(Double($0) - $1) <= 1e-4 }
    }
  }
}
