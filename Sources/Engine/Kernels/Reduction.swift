extension Kernels {
  /// The sum of all elements, in Double, in a fixed order.
  package static func sum(_ x: Tensor) -> Double { sum(x) { $0 } }

  /// The sum of f(x) over all elements, in Double, in a fixed order; f(0) must be 0.
  @inline(__always)
  static func sum(_ x: Tensor, of function: (Vector) -> Vector) -> Double {
    let source = Source(x.storage.pointer)
    return reduceInChunks(x.count) { range in
      var sum = SIMD16<Double>(repeating: 0)
      forEachVector(range.count) { i, width in
        sum += SIMD16<Double>(function(load(source + (range.lowerBound + i), width)))
      }
      return sum.sum()
    }
  }

  /// A tensor seen from one of its axes: `[outer, extent, inner]`.
  struct AxisView {
    let outer, extent, inner: Int

    init(_ shape: Shape, axis: Int) {
      outer = shape.dimensions[..<axis].reduce(1, *)
      extent = shape[axis]
      inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    }
  }

  /// `[outer, extent, inner]` to `[outer, inner]`: the sums over the extent times `factor`, added in Double.
  static func sum(_ x: Tensor, axis: Int, factor: Double) -> Tensor {
    let view = AxisView(x.shape, axis: axis)
    var dimensions = x.shape.dimensions
    dimensions.remove(at: axis)
    let result = Tensor(uninitialized: Shape(dimensions))
    let (source, target) = (Source(x.storage.pointer), result.storage.pointer)
    let (extent, inner) = (view.extent, view.inner)
    if inner == 1 {
      Parallel.forEachRange(view.outer, grain: max(1, elementwiseGrain / max(extent, 1))) { rows in
        for row in rows {
          var sum = SIMD16<Double>(repeating: 0)
          forEachVector(extent) { i, width in
            sum += SIMD16<Double>(load(source + (row * extent + i), width))
          }
          target[row] = Float(sum.sum() * factor)
        }
      }
      return result
    }
    let across = (inner + 15) / 16
    Parallel.forEachRange(view.outer * across, grain: max(1, elementwiseGrain / 16 / max(extent, 1))) {
      blocks in
      for block in blocks {
        let (row, column) = (block / across, block % across * 16)
        let width = min(16, inner - column)
        var sum = SIMD16<Double>(repeating: 0)
        for i in 0..<extent {
          sum += SIMD16<Double>(load(source + ((row * extent + i) * inner + column), width))
        }
        store(Vector(sum * factor), to: target + (row * inner + column), width)
      }
    }
    return result
  }
}
