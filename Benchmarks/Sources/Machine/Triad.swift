import Engine
import Timing

/// STREAM's triad, `a = b + 3·c`, over arrays that no cache holds.
public final class Triad {
  private typealias Vector = SIMD16<Float>
  private static let bytesPerArray = 256 << 20
  private let a: UnsafeMutablePointer<Vector>
  private let b: UnsafeMutablePointer<Vector>
  private let c: UnsafeMutablePointer<Vector>
  private let count = Triad.bytesPerArray / MemoryLayout<Vector>.stride

  public init() {
    (a, b, c) = (.allocate(capacity: count), .allocate(capacity: count), .allocate(capacity: count))
    for (array, value) in [(a, Float(0)), (b, 1), (c, 2)] {
      array.initialize(repeating: Vector(repeating: value), count: count)
    }
  }

  deinit {
    for array in [a, b, c] { array.deallocate() }
  }

  /// GB/s on `threads` threads, three arrays counted a pass: the best of four passes.
  public func rate(threads: Int) -> Double {
    Parallel.threads = threads
    nonisolated(unsafe) let (a, b, c) = (a, b, c)
    let count = count
    var best = 0.0
    for _ in 0..<4 {
      let elapsed = seconds {
        Parallel.forEach(threads) { part in
          for i in count * part / threads..<count * (part + 1) / threads { a[i] = b[i] + 3 * c[i] }
        }
      }
      best = max(best, 3 * Double(Self.bytesPerArray) / elapsed * 1e-9)
    }
    return best
  }
}
