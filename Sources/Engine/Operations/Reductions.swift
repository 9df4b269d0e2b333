// The largest, the smallest, and the spread of elements along axes. Sums and means are in Summation.swift.

extension Tensor {
  /// The largest elements along axes, of all where none are given; NaN counts as the largest. Negative axes count from
  /// the last. Elements that are largest together share the gradient evenly, as in `torch.amax`.
  /// - Parameters:
  ///   - axes: nil is all of them: a scalar.
  ///   - keepingDimensions: whether the result keeps the axes, with extents of 1; otherwise it lacks them.
  /// - Precondition: there is an element along the axes.
  public func max(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    extremum("max", axes, keepingDimensions) { Kernels.maximum($0, axes: $1) }
  }

  /// The smallest elements along axes, of all where none are given; NaN counts as the smallest. Negative axes count from
  /// the last. Elements that are smallest together share the gradient evenly, as in `torch.amin`.
  /// - Parameters:
  ///   - axes: nil is all of them: a scalar.
  ///   - keepingDimensions: whether the result keeps the axes, with extents of 1; otherwise it lacks them.
  /// - Precondition: there is an element along the axes.
  public func min(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    extremum("min", axes, keepingDimensions) { Kernels.minimum($0, axes: $1) }
  }

  private func extremum(
    _ operation: StaticString, _ axes: [Int]?, _ keepingDimensions: Bool, _ reduce: (Tensor, [Int]) -> Tensor
  ) -> Tensor {
    let axes = shape.axes(axes, operation)
    precondition(axes.allSatisfy { shape[$0] > 0 }, "\(operation): nothing along \(axes) of \(shape)")
    let kept = shape.reduced(along: axes, keepingDimensions: true)
    let (x, y) = (detached, reduce(self, axes))
    let result = y.recorded(operation, from: node) { [shape] _ in
      { gradient in
        let isExtremum = x .== y.reshaped(to: kept)
        let shares = gradient / Kernels.sum(isExtremum, axes: axes, factor: 1)
        return [Kernels.zipped(isExtremum, shares.reshaped(to: kept), to: shape) { $0 * $1 }]
      }
    }
    return keepingDimensions ? result.reshaped(to: kept) : result
  }

  /// The variances along axes, of all elements where none are given: Σ (x − mean)² / (n − correction).
  /// - Parameters:
  ///   - axes: negative ones count from the last.
  ///   - correction: 1, PyTorch's default, for the unbiased estimate; 0 for the elements' own variance, by which
  ///     normalizations divide.
  ///   - keepingDimensions: whether the result keeps the axes, with extents of 1; otherwise it lacks them.
  /// - Precondition: there are more than `correction` elements along the axes.
  public func variance(
    axes: [Int]? = nil, correction: Int = 1, keepingDimensions: Bool = false
  ) -> Tensor {
    let axes = shape.axes(axes, "variance")
    let count = axes.reduce(1) { $0 * shape[$1] }
    precondition(count > correction, "variance: \(count) elements along \(axes) of \(shape)")
    let deviations = self - mean(axes: axes, keepingDimensions: true)
    return square(deviations).sum(axes: axes, keepingDimensions: keepingDimensions)
      / Float(count - correction)
  }

  /// The square roots of ``variance(axes:correction:keepingDimensions:)``. The gradient of equal elements is 0.
  public func standardDeviation(
    axes: [Int]? = nil, correction: Int = 1, keepingDimensions: Bool = false
  ) -> Tensor {
    deviation(ofVariance: variance(axes: axes, correction: correction, keepingDimensions: keepingDimensions))
  }

  /// The index along an axis of the largest element of each line, in row-major order of the other axes; the first of
  /// equal ones, and NaN before all numbers. −1 is the last axis.
  public func argmax(axis: Int) -> [Int] { first("argmax", axis) { $0 > $1 || ($0.isNaN && !$1.isNaN) } }

  /// The index along an axis of the smallest element of each line, in row-major order of the other axes; the first of
  /// equal ones, and NaN before all numbers. −1 is the last axis.
  public func argmin(axis: Int) -> [Int] { first("argmin", axis) { $0 < $1 || ($0.isNaN && !$1.isNaN) } }

  private func first(
    _ operation: StaticString, _ axis: Int, _ precedes: (Float, Float) -> Bool
  ) -> [Int] {
    let axis = shape.axis(axis, operation)
    precondition(shape[axis] > 0, "\(operation): nothing along axis \(axis) of \(shape)")
    return Kernels.firsts(self, axis: axis, precedes)
  }

  /// The `k` largest elements along an axis, in descending order, and their indices along it.
  ///
  /// Equal elements stand in the order of their indices, and NaN above all numbers, as in `torch.topk`.
  /// - Parameters:
  ///   - k: at most the axis's extent.
  ///   - axis: −1 is the last.
  ///   - largest: false for the smallest, in ascending order.
  /// - Returns: both in the shape of this tensor with `k` in place of the axis's extent; indices in row-major order.
  public func topK(_ k: Int, axis: Int = -1, largest: Bool = true) -> (values: Tensor, indices: [Int]) {
    let axis = shape.axis(axis, "topK")
    precondition((0...shape[axis]).contains(k), "topK: \(k) of axis \(axis) of \(shape)")
    let indices = Kernels.ranked(self, axis: axis, first: k) { a, b in
      largest ? a > b || (a.isNaN && !b.isNaN) : a < b || (b.isNaN && !a.isNaN)
    }
    return (gathered(indices, axis: axis, extent: k), indices)
  }
}

/// eˣ / Σ eˣ along an axis, without overflow for any finite input; −1 is the last axis.
public func softmax(_ x: consuming Tensor, axis: Int) -> Tensor {
  alongLast("softmax", x, axis) { softmax($0) }
}

/// x − log Σ eˣ along an axis, without overflow for any finite input; −1 is the last axis.
public func logSoftmax(_ x: consuming Tensor, axis: Int) -> Tensor {
  alongLast("logSoftmax", x, axis) { logSoftmax($0) }
}

/// An operation along the last axis, of another axis.
private func alongLast(
  _ operation: StaticString, _ x: consuming Tensor, _ axis: Int, _ apply: (consuming Tensor) -> Tensor
) -> Tensor {
  let axis = x.shape.axis(axis, operation)
  if axis == x.shape.rank - 1 { return apply(x) }
  return apply(x.transposed(axis, -1)).transposed(axis, -1)
}
