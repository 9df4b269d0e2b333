// Reductions along several axes. A tensor is seen as `[outer, extent, inner]`, the middle axis being what is reduced.

extension Kernels {
  /// x as `[outer, extent, inner]`, whose middle axis is all of `axes`, ascending. Copies where other axes lie between
  /// them: those that stay come first then, and inner is 1.
  static func merged(_ x: consuming Tensor, _ axes: [Int]) -> Tensor {
    let x = x
    let shape = x.shape
    let wide = axes.filter { shape[$0] != 1 }
    guard let first = wide.first, let last = wide.last else {
      return x.detached.reshaped(to: [x.count, 1, 1])
    }
    let extent = wide.reduce(1) { $0 * shape[$1] }
    if (first...last).allSatisfy({ shape[$0] == 1 || axes.contains($0) }) {
      let outer = shape.dimensions[..<first].reduce(1, *)
      let inner = shape.dimensions[(last + 1)...].reduce(1, *)
      return x.detached.reshaped(to: [outer, extent, inner])
    }
    let kept = (0..<shape.rank).filter { !axes.contains($0) }
    let outer = kept.reduce(1) { $0 * shape[$1] }
    return permuted(x, kept + axes).reshaped(to: [outer, extent, 1])
  }

  /// The sums along the axes, which the result lacks, times `factor`, added in Double in a fixed order.
  static func sum(_ x: Tensor, axes: [Int], factor: Double) -> Tensor {
    let shape = x.shape.reduced(along: axes, keepingDimensions: false)
    if shape.count == 1 { return Tensor(Float(sum(x) * factor)).reshaped(to: shape) }
    let merged = merged(x, axes)
    if merged.shape[1] == 1 { return scaled(merged, by: Float(factor)).reshaped(to: shape) }
    return sum(merged, axis: 1, factor: factor).reshaped(to: shape)
  }

  /// The largest elements along the axes, which the result lacks; NaN counts as the largest.
  static func maximum(_ x: Tensor, axes: [Int]) -> Tensor {
    folded(
      x, axes, from: -.infinity,
      { $0.replacing(with: $1, where: ($1 .> $0) .| ($1 .!= $1)) }, { $1 > $0 || $1.isNaN ? $1 : $0 })
  }

  /// The smallest elements along the axes, which the result lacks; NaN counts as the smallest.
  static func minimum(_ x: Tensor, axes: [Int]) -> Tensor {
    folded(
      x, axes, from: .infinity,
      { $0.replacing(with: $1, where: ($1 .< $0) .| ($1 .!= $1)) }, { $1 < $0 || $1.isNaN ? $1 : $0 })
  }

  /// Reduces along the axes: each element is combined with the result of those before it.
  @inline(__always)
  private static func folded(
    _ x: Tensor, _ axes: [Int], from start: Float,
    _ vector: (Vector, Vector) -> Vector, _ scalar: (Float, Float) -> Float
  ) -> Tensor {
    let merged = merged(x, axes)
    let (outer, extent, inner) = (merged.shape[0], merged.shape[1], merged.shape[2])
    let result = Tensor(uninitialized: x.shape.reduced(along: axes, keepingDimensions: false))
    let (source, target) = (Source(merged.storage.pointer), result.storage.pointer)
    let across = inner.dividedUp(by: 16)
    let grain = max(1, elementwiseGrain / max(inner == 1 ? extent : extent * 16, 1))
    Parallel.forEachRange(outer * across, grain: grain) { blocks in
      for block in blocks {
        let (row, column) = (block / across, block % across * 16)
        let line = source + (row * extent * inner + column)
        var best = Vector(repeating: start)
        if inner == 1 {
          forEachVector(extent) { i, width in best = vector(best, load(line + i, width, padding: start)) }
          target[row] = (0..<16).reduce(start) { scalar($0, best[$1]) }
        } else {
          let width = min(16, inner - column)
          for i in 0..<extent { best = vector(best, load(line + i &* inner, width)) }
          store(best, to: target + (row * inner + column), width)
        }
      }
    }
    withExtendedLifetime(merged) {}
    return result
  }

  /// For each line along the axis, in row-major order of the other axes: the index of the element that comes first, the
  /// earliest of equal ones.
  static func firsts(_ x: Tensor, axis: Int, _ precedes: (Float, Float) -> Bool) -> [Int] {
    let view = AxisView(x.shape, axis: axis)
    let source = Source(x.storage.pointer)
    return withExtendedLifetime(x) {
      [Int](unsafeUninitializedCapacity: view.outer * view.inner) { result, initialized in
        let target = result.baseAddress
        Parallel.forEachRange(view.outer * view.inner, grain: max(1, elementwiseGrain / max(view.extent, 1)))
        {
          for line in $0 {
            let start = source + (line / view.inner * view.extent * view.inner + line % view.inner)
            var first = 0
            for i in 1..<max(view.extent, 1) where precedes(start[i * view.inner], start[first * view.inner])
            {
              first = i
            }
            (target! + line).initialize(to: first)
          }
        }
        initialized = view.outer * view.inner
      }
    }
  }
}
