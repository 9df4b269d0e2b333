/// Normalization of `[samples, rows, channels]`: the mean and the variance are those of a sample's rows in a group of
/// neighbouring channels. One group is layer norm, with one row to a sample; a group a channel is instance norm.
struct GroupNormalization {
  let samples, rows, channels, groups: Int
  let epsilon: Float

  /// Channels of a group.
  var width: Int { channels / groups }

  /// What of each sample's groups is kept for the gradient: `[samples, groups]` each.
  struct Statistics {
    let mean: Tensor
    /// 1 / √(variance + ε).
    let inverse: Tensor
  }

  func statistics(_ x: Tensor) -> Statistics {
    let (mean, inverse) = (
      Tensor(uninitialized: [samples, groups]), Tensor(uninitialized: [samples, groups])
    )
    let (source, means, inverses) = (Source(x.storage.pointer), mean.storage.pointer, inverse.storage.pointer)
    forEachSample { sample in
      let x = source + sample * rows * channels
      let result = sample * groups
      func finish(_ group: Int, _ average: Double, _ variance: Double) {
        means[result + group] = Float(average)
        inverses[result + group] = Float(1 / (variance + Double(epsilon)).squareRoot())
      }
      if rows == 1 {
        for group in 0..<groups {
          let (average, variance) = Self.moments(x + group * width, width)
          finish(group, average, variance)
        }
        return
      }
      withWorkspace(2 * channels) { byChannel in
        Kernels.channelStatistics(
          x, rows: rows, channels: channels, mean: byChannel, variance: byChannel + channels)
        for group in 0..<groups {
          let start = byChannel + group * width
          let (average, between) = Self.moments(start, width)
          let within = (0..<width).reduce(0.0) { $0 + Double(start[channels + $1]) } / Double(width)
          finish(group, average, within + between)
        }
      }
    }
    return Statistics(mean: mean, inverse: inverse)
  }

  /// Mean and biased variance, in Double, in a fixed order.
  private static func moments(_ x: Source, _ count: Int) -> (mean: Double, variance: Double) {
    var sum = SIMD16<Double>(repeating: 0)
    Kernels.forEachVector(count) { i, width in sum += SIMD16<Double>(Kernels.load(x + i, width)) }
    let mean = sum.sum() / Double(count)
    var squares = SIMD16<Double>(repeating: 0)
    Kernels.forEachVector(count) { i, width in
      let deviation = SIMD16<Double>(Kernels.load(x + i, width)) - mean
      squares += (deviation * deviation).replacing(with: 0, where: Self.isBeyond(width))
    }
    return (mean, squares.sum() / Double(count))
  }

  /// The lanes that no element was loaded into.
  @inline(__always)
  private static func isBeyond(_ width: Int) -> SIMDMask<SIMD16<Int64>> {
    SIMD16<Int64>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
      .>= SIMD16<Int64>(repeating: Int64(width))
  }

  /// y ← scale · (x − mean) · inverse + shift; nil is 1 and 0.
  func forward(_ x: Tensor, _ statistics: Statistics, scale: Tensor?, shift: Tensor?) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    let (source, target) = (Source(x.storage.pointer), y.storage.pointer)
    forEachSample { sample in
      withWorkspace(2 * channels) { factors in
        let offsets = factors + channels
        forEachChannel(of: sample, statistics) { c, mean, inverse in
          let factor = (scale?.storage.pointer[c] ?? 1) * inverse
          factors[c] = factor
          offsets[c] = (shift?.storage.pointer[c] ?? 0) - mean * factor
        }
        let start = sample * rows * channels
        Kernels.affine(
          source + start, rows: rows, channels: channels, into: target + start,
          Epilogue(scale: Source(factors), shift: Source(offsets), activation: .none))
      }
    }
    return y
  }

  /// By sample and channel, `[samples, channels]`: Σ dy, and Σ dy · (x − mean) · inverse.
  func sums(dy: Tensor, x: Tensor, _ statistics: Statistics) -> (plain: Tensor, products: Tensor) {
    let plain = Tensor(uninitialized: [samples, channels])
    let products = Tensor(uninitialized: [samples, channels])
    forEachSample { sample in
      let start = sample * rows * channels
      let (dy, x) = (dy.storage.pointer + start, Source(x.storage.pointer) + start)
      let sum = plain.storage.pointer + sample * channels
      let product = products.storage.pointer + sample * channels
      if rows == 1 {
        sum.update(from: dy, count: channels)
        forEachChannel(of: sample, statistics) { c, mean, inverse in
          product[c] = dy[c] * (x[c] - mean) * inverse
        }
        return
      }
      withWorkspace(channels) { means in
        forEachChannel(of: sample, statistics) { c, mean, _ in means[c] = mean }
        Kernels.normalizationSums(
          dy: dy, x: x, output: nil, activation: .none, mean: means, rows: rows, channels: channels,
          sum: sum, sumOfProducts: product)
      }
      forEachChannel(of: sample, statistics) { c, _, inverse in product[c] *= inverse }
    }
    return (plain, products)
  }

  /// With x̂ = (x − mean) · inverse and n elements in a group: dx = inverse · (γ·dy − Σ γ·dy / n − x̂ · Σ γ·dy·x̂ / n).
  func inputGradient(
    dy: Tensor, x: Tensor, _ statistics: Statistics, scale: Tensor?, sums: (plain: Tensor, products: Tensor)
  ) -> Tensor {
    let dx = Tensor(uninitialized: x.shape)
    let n = Double(rows * width)
    forEachSample { sample in
      withWorkspace(3 * channels) { factors in
        let place = sample * channels
        for group in 0..<groups {
          let inverse = Double(statistics.inverse.storage.pointer[sample * groups + group])
          let mean = Double(statistics.mean.storage.pointer[sample * groups + group])
          var (plain, products) = (0.0, 0.0)
          let columns = group * width..<(group + 1) * width
          for c in columns {
            let gamma = Double(scale?.storage.pointer[c] ?? 1)
            plain += gamma * Double(sums.plain.storage.pointer[place + c])
            products += gamma * Double(sums.products.storage.pointer[place + c])
          }
          let slope = -inverse * inverse * products / n
          for c in columns {
            factors[c] = (scale?.storage.pointer[c] ?? 1) * Float(inverse)
            factors[channels + c] = Float(slope)
            factors[2 * channels + c] = Float(-inverse * plain / n - slope * mean)
          }
        }
        let start = place * rows
        Kernels.normalizationInputGradient(
          dy: Source(dy.storage.pointer) + start, x: Source(x.storage.pointer) + start, a: Source(factors),
          b: Source(factors) + channels, c: Source(factors) + 2 * channels, rows: rows, channels: channels,
          into: dx.storage.pointer + start)
      }
    }
    return dx
  }

  private func forEachSample(_ body: (_ sample: Int) -> Void) {
    let grain = max(1, Kernels.elementwiseGrain / max(rows * channels, 1))
    Parallel.forEachRange(samples, grain: grain) { range in
      for sample in range { body(sample) }
    }
  }

  @inline(__always)
  private func forEachChannel(
    of sample: Int, _ statistics: Statistics, _ body: (_ c: Int, _ mean: Float, _ inverse: Float) -> Void
  ) {
    for group in 0..<groups {
      let mean = statistics.mean.storage.pointer[sample * groups + group]
      let inverse = statistics.inverse.storage.pointer[sample * groups + group]
      for c in group * width..<(group + 1) * width { body(c, mean, inverse) }
    }
  }
}
