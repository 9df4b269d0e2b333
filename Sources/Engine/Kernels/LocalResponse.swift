#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Local response normalization across channels, PyTorch's convention: channel c sees channels
/// c − ⌊size/2⌋ to c + ⌊(size − 1)/2⌋, and α is divided by the size.
package struct LocalResponse: Hashable, Sendable {
  package let size: Int
  package let alpha, beta, k: Float

  package init(size: Int, alpha: Float, beta: Float, k: Float) {
    (self.size, self.alpha, self.beta, self.k) = (size, alpha, beta, k)
  }

  private func window(_ c: Int, _ channels: Int) -> Range<Int> {
    max(0, c - size / 2)..<min(channels, c + (size - 1) / 2 + 1)
  }

  /// k + α/size · Σ x² for every channel of one pixel.
  private func denominators(_ x: Source, _ channels: Int, _ d: Destination) {
    let factor = alpha / Float(size)
    for c in 0..<channels {
      var sum: Float = 0
      for i in window(c, channels) { sum += x[i] * x[i] }
      d[c] = k + factor * sum
    }
  }

  @inline(__always)
  private func inversePower(_ d: Float) -> Float {
    beta == 0.75 ? 1 / (d.squareRoot() * d.squareRoot().squareRoot()) : powf(d, -beta)
  }

  package func forward(_ x: Source, rows: Int, channels: Int, into y: Destination) {
    Parallel.forEachRange(rows, grain: max(1, 8192 / channels)) { range in
      withWorkspace(channels) { d in
        for row in range {
          let (x, y) = (x + row * channels, y + row * channels)
          denominators(x, channels, d)
          for c in 0..<channels { y[c] = x[c] * inversePower(d[c]) }
        }
      }
    }
  }

  /// dx_j = dy_j·d_j^−β − 2αβ/size · x_j · Σ dy_i·x_i·d_i^(−β−1), over the i whose window holds j.
  package func gradient(_ x: Source, dy: Source, rows: Int, channels: Int, into dx: Destination) {
    let factor = 2 * alpha * beta / Float(size)
    Parallel.forEachRange(rows, grain: max(1, 8192 / channels)) { range in
      withWorkspace(2 * channels) { d in
        let products = d + channels
        for row in range {
          let offset = row * channels
          let (x, dy, dx) = (x + offset, dy + offset, dx + offset)
          denominators(x, channels, d)
          for c in 0..<channels {
            let power = inversePower(d[c])
            products[c] = dy[c] * x[c] * power / d[c]
            d[c] = power
          }
          for j in 0..<channels {
            var sum: Float = 0
            for i in max(0, j - (size - 1) / 2)..<min(channels, j + size / 2 + 1) { sum += products[i] }
            dx[j] = dy[j] * d[j] - factor * x[j] * sum
          }
        }
      }
    }
  }
}
