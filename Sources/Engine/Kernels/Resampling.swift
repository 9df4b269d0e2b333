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
  /// Those of target t are `taps[starts[t]..<starts[t + 1]]`.
  private let starts: [Int]
  private let taps: [Tap]

  var targets: Int { starts.count - 1 }

  init(sources: Int, _ taps: [[Tap]]) {
    self.sources = sources
    self.taps = taps.flatMap { $0 }
    starts = taps.reduce(into: [0]) { $0.append($0.last! + $1.count) }
  }

  var transposed: AxisWeights {
    var result = [[Tap]](repeating: [], count: sources)
    for target in 0..<targets {
      for tap in taps[starts[target]..<starts[target + 1]] {
        result[tap.source].append(Tap(source: target, weight: tap.weight))
      }
    }
    return AxisWeights(sources: targets, result)
  }

  /// Calls `body` with what tells the taps of a target; it must not outlive the call.
  @inline(__always)
  func withTaps<R>(_ body: (_ taps: (Int) -> UnsafeBufferPointer<Tap>) -> R) -> R {
    starts.withUnsafeBufferPointer { starts in
      taps.withUnsafeBufferPointer { taps in
        body { UnsafeBufferPointer(rebasing: taps[starts[$0]..<starts[$0 + 1]]) }
      }
    }
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
    rows.withTaps { rowTaps in
      columns.withTaps { columnTaps in
        Parallel.forEachRange(x.shape[0] * rows.targets, grain: grain) { range in
          withWorkspace(line) { mixed in
            for row in range {
              let picture = source + row / rows.targets * rows.sources * line
              mix(rowTaps(row % rows.targets), of: picture, distance: line, count: line, into: mixed)
              for column in 0..<columns.targets {
                let pixel = target + (row &* targetLine &+ column &* channels)
                if channels < Vector.scalarCount {
                  mixFew(columnTaps(column), of: mixed, count: channels, into: pixel)
                } else {
                  mix(columnTaps(column), of: mixed, distance: channels, count: channels, into: pixel)
                }
              }
            }
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
    _ taps: UnsafeBufferPointer<AxisWeights.Tap>, of x: Source, distance: Int, count: Int,
    into y: Destination
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
    for tap in taps.dropFirst(2) {
      let c = x + tap.source * distance
      forEachVector(count) { i, width in
        store(load(Source(y) + i, width) + load(c + i, width) * tap.weight, to: y + i, width)
      }
    }
  }

  /// The same of arrays one after another that are shorter than a vector, such as a picture's pixels.
  @inline(__always)
  private static func mixFew(
    _ taps: UnsafeBufferPointer<AxisWeights.Tap>, of x: Source, count: Int, into y: Destination
  ) {
    guard let first = taps.first else { return y.update(repeating: 0, count: count) }
    for i in 0..<count {
      var sum = x[first.source &* count &+ i] * first.weight
      for place in 1..<taps.count {
        let tap = taps[place]
        sum += x[tap.source &* count &+ i] * tap.weight
      }
      y[i] = sum
    }
  }
}
