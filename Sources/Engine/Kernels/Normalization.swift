#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How `[rows, channels]` is cut for sums over rows: by shape alone.
struct RowChunks {
  let rows, channels, chunk, count: Int

  init(rows: Int, channels: Int) {
    self.rows = rows
    self.channels = channels
    // About 64 KiB, so that a second look at the chunk is served from the cache; at most 256 chunks.
    chunk = max(max(1, (1 << 14) / max(channels, 1)), (rows + 255) / 256)
    count = max(1, rows.dividedUp(by: chunk))
  }

  subscript(index: Int) -> Range<Int> { min(rows, index * chunk)..<min(rows, (index + 1) * chunk) }
}

extension Kernels {
  /// Mean and biased variance of each channel of `[rows, channels]`: each chunk about its own mean, then
  /// joined in Double (Chan, Golub and LeVeque 1979), so that a large mean costs no accuracy.
  package static func channelStatistics(
    _ x: Source, rows: Int, channels: Int, mean: Destination, variance: Destination
  ) {
    let chunks = RowChunks(rows: rows, channels: channels)
    withWorkspace(2 * chunks.count * channels) { partial in
      Parallel.forEach(chunks.count) { index in
        let range = chunks[index]
        let mean = partial + 2 * index * channels
        let squares = mean + channels
        mean.update(repeating: 0, count: 2 * channels)
        for row in range { addRow(x + row * channels, to: mean, channels) }
        let reciprocal = 1 / Float(max(range.count, 1))
        for c in 0..<channels { mean[c] *= reciprocal }
        for row in range { addSquaredDeviation(x + row * channels, mean, to: squares, channels) }
      }
      for c in 0..<channels {
        var (count, average, squares) = (0.0, 0.0, 0.0)
        for index in 0..<chunks.count {
          let more = Double(chunks[index].count)
          if more == 0 { continue }
          let delta = Double(partial[2 * index * channels + c]) - average
          average += delta * more / (count + more)
          squares +=
            Double(partial[(2 * index + 1) * channels + c]) + delta * delta * count * more
            / (count + more)
          count += more
        }
        mean[c] = Float(average)
        variance[c] = Float(squares / max(count, 1))
      }
    }
  }

  @inline(__always)
  private static func addSquaredDeviation(
    _ x: Source, _ mean: Source, to sum: Destination, _ count: Int
  ) {
    var c = 0
    while c &+ 16 <= count {
      let d = (x + c).vector - (mean + c).vector
      (sum + c).vector += d * d
      c &+= 16
    }
    while c < count {
      let d = x[c] - mean[c]
      sum[c] += d * d
      c &+= 1
    }
  }

  /// y ← epilogue(x) by rows of `[rows, channels]`; `x` and `y` may be the same buffer.
  package static func affine(
    _ x: Source, rows: Int, channels: Int, into y: Destination, _ epilogue: Epilogue
  ) {
    Parallel.forEachRange(rows, grain: max(1, elementwiseGrain / max(channels, 1))) { range in
      let offset = range.lowerBound * channels
      if x != Source(y) { (y + offset).update(from: x + offset, count: range.count * channels) }
      epilogue.apply(
        to: y, offset: offset, rows: range.count, columns: 0..<channels, stride: channels)
    }
  }

  /// What batch norm's gradient is made of, for `[rows, channels]`: Σ dy and Σ dy·(x − mean) by channel.
  /// With `output`, of ReLU or clipping, dy is first masked where that is constant, in place in `dy`.
  package static func normalizationSums(
    dy: Destination, x: Source, output: Source?, activation: Activation,
    mean: Source, rows: Int, channels: Int,
    sum: Destination, sumOfProducts: Destination
  ) {
    let chunks = RowChunks(rows: rows, channels: channels)
    withWorkspace(2 * chunks.count * channels) { partial in
      Parallel.forEach(chunks.count) { index in
        let sum = partial + 2 * index * channels
        sum.update(repeating: 0, count: 2 * channels)
        for row in chunks[index] {
          let offset = row * channels
          if let output { mask(dy + offset, output + offset, channels, activation) }
          addProducts(dy + offset, x + offset, mean, to: sum, sum + channels, channels)
        }
      }
      for c in 0..<channels {
        var (total, products) = (0.0, 0.0)
        for index in 0..<chunks.count {
          total += Double(partial[2 * index * channels + c])
          products += Double(partial[(2 * index + 1) * channels + c])
        }
        sum[c] = Float(total)
        sumOfProducts[c] = Float(products)
      }
    }
  }

  @inline(__always)
  private static func mask(_ dy: Destination, _ output: Source, _ count: Int, _ activation: Activation) {
    switch activation {
    case .relu: mask(dy, output, count, { $0 .<= 0 }, { $0 <= 0 })
    case .clip(let low, let high):
      mask(dy, output, count, { ($0 .<= low) .| ($0 .>= high) }, { $0 <= low || $0 >= high })
    case .none, .leakyReLU, .hardSwish, .silu: preconditionFailure("\(activation) is no mask")
    }
  }

  @inline(__always)
  private static func mask(
    _ dy: Destination, _ output: Source, _ count: Int, _ isConstant: (Vector) -> SIMDMask<SIMD16<Int32>>,
    _ scalarIsConstant: (Float) -> Bool
  ) {
    var c = 0
    while c &+ 16 <= count {
      (dy + c).vector = (dy + c).vector.replacing(with: 0, where: isConstant((output + c).vector))
      c &+= 16
    }
    while c < count {
      if scalarIsConstant(output[c]) { dy[c] = 0 }
      c &+= 1
    }
  }

  @inline(__always)
  private static func addProducts(
    _ dy: Source, _ x: Source, _ mean: Source, to sum: Destination, _ products: Destination,
    _ count: Int
  ) {
    var c = 0
    while c &+ 16 <= count {
      let d = (dy + c).vector
      (sum + c).vector += d
      (products + c).vector += d * ((x + c).vector - (mean + c).vector)
      c &+= 16
    }
    while c < count {
      sum[c] += dy[c]
      products[c] += dy[c] * (x[c] - mean[c])
      c &+= 1
    }
  }

  /// dx ← a·dy + b·x + c by channel; `dx` may be `dy`.
  package static func normalizationInputGradient(
    dy: Source, x: Source, a: Source, b: Source, c: Source, rows: Int, channels: Int,
    into dx: Destination
  ) {
    Parallel.forEachRange(rows, grain: max(1, elementwiseGrain / max(channels, 1))) { range in
      for row in range {
        let offset = row &* channels
        let (dy, x, dx) = (dy + offset, x + offset, dx + offset)
        var i = 0
        while i &+ 16 <= channels {
          (dx + i).vector =
            (a + i).vector * (dy + i).vector + (b + i).vector * (x + i).vector + (c + i).vector
          i &+= 16
        }
        while i < channels {
          dx[i] = a[i] * dy[i] + b[i] * x[i] + c[i]
          i &+= 1
        }
      }
    }
  }
}
