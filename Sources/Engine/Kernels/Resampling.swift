/// How the elements along one axis are made of others: a sparse matrix, a few weighted sources a target.
///
/// Interpolation is such a matrix for the rows of a picture and one for its columns; its gradient is the same with both
/// transposed.
struct AxisWeights {
  struct Tap {
    let source: Int
    let weight: Float
  }

  let sources: Int
  private let taps: [[Tap]]

  var targets: Int { taps.count }

  subscript(target: Int) -> [Tap] { taps[target] }

  init(sources: Int, _ taps: [[Tap]]) {
    self.sources = sources
    self.taps = taps
  }

  var transposed: AxisWeights {
    var result = [[Tap]](repeating: [], count: sources)
    for (target, taps) in taps.enumerated() {
      for tap in taps { result[tap.source].append(Tap(source: target, weight: tap.weight)) }
    }
    return AxisWeights(sources: targets, result)
  }
}

extension Kernels {
  /// `[N, H, W, C]` to `[N, rows.targets, columns.targets, C]`: rows are mixed first, a whole line at a time.
  static func resampled(_ x: Tensor, rows: AxisWeights, columns: AxisWeights) -> Tensor {
    let channels = x.shape[3]
    let result = Tensor(uninitialized: [x.shape[0], rows.targets, columns.targets, channels])
    let (line, targetLine) = (columns.sources * channels, columns.targets * channels)
    let (source, target) = (Source(x.storage.pointer), result.storage.pointer)
    let grain = max(1, elementwiseGrain / 2 / max(targetLine, 1))
    Parallel.forEachRange(x.shape[0] * rows.targets, grain: grain) { range in
      withWorkspace(line) { mixed in
        for row in range {
          let picture = source + row / rows.targets * rows.sources * line
          mix(rows[row % rows.targets], of: picture, distance: line, count: line, into: mixed)
          for column in 0..<columns.targets {
            mix(
              columns[column], of: mixed, distance: channels, count: channels,
              into: target + (row * targetLine + column * channels))
          }
        }
      }
    }
    withExtendedLifetime(x) {}
    return result
  }

  /// y ← Σ weight · x[source], of arrays `distance` apart.
  @inline(__always)
  private static func mix(
    _ taps: [AxisWeights.Tap], of x: Source, distance: Int, count: Int, into y: Destination
  ) {
    guard let first = taps.first else { return y.update(repeating: 0, count: count) }
    let a = x + first.source * distance
    if taps.count == 1 && first.weight == 1 { return y.update(from: a, count: count) }
    if taps.count == 1 {
      forEachVector(count) { i, width in store(load(a + i, width) * first.weight, to: y + i, width) }
      return
    }
    let b = x + taps[1].source * distance
    forEachVector(count) { i, width in
      store(load(a + i, width) * first.weight + load(b + i, width) * taps[1].weight, to: y + i, width)
    }
    for tap in taps[2...] {
      let c = x + tap.source * distance
      forEachVector(count) { i, width in
        store(load(Source(y) + i, width) + load(c + i, width) * tap.weight, to: y + i, width)
      }
    }
  }
}
