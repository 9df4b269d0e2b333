/// What a tensor's subscript takes for an axis: an `Int` for one index, which leaves the axis out of the result, a range,
/// `stride(from:to:by:)`, or ``AxisIndex/all``.
public protocol AxisIndex {
  /// The indices along an axis of the given extent.
  func indices(in extent: Int) -> AxisIndices
}

/// Equally spaced indices along an axis.
public struct AxisIndices: Hashable, Sendable {
  /// The first index, how many there are, and the distance from each to the next, which may be negative.
  public let start, count, step: Int
  /// Whether the axis stays in the result.
  public let keepsAxis: Bool

  /// - Parameters:
  ///   - start: the first index, from 0.
  ///   - count: how many indices; 0 is none.
  ///   - step: from each index to the next.
  ///   - keepsAxis: false, for a single index, leaves the axis out of the result.
  public init(start: Int, count: Int, step: Int = 1, keepsAxis: Bool = true) {
    (self.start, self.count, self.step, self.keepsAxis) = (start, count, step, keepsAxis)
  }
}

/// All indices of an axis.
public struct AllIndices: AxisIndex {
  /// The same as ``AxisIndex/all``.
  public init() {}
  public func indices(in extent: Int) -> AxisIndices { AxisIndices(start: 0, count: extent) }
}

extension AxisIndex where Self == AllIndices {
  /// All indices of an axis: `x[.all, 0]`.
  public static var all: AllIndices { AllIndices() }
}

extension Int: AxisIndex {
  /// One index; a negative one counts from the end, −1 being the last.
  public func indices(in extent: Int) -> AxisIndices {
    AxisIndices(start: self < 0 ? self + extent : self, count: 1, keepsAxis: false)
  }
}

extension Range<Int>: AxisIndex {
  public func indices(in extent: Int) -> AxisIndices { AxisIndices(start: lowerBound, count: count) }
}

extension ClosedRange<Int>: AxisIndex {
  public func indices(in extent: Int) -> AxisIndices { AxisIndices(start: lowerBound, count: count) }
}

extension PartialRangeFrom<Int>: AxisIndex {
  public func indices(in extent: Int) -> AxisIndices {
    AxisIndices(start: lowerBound, count: extent - lowerBound)
  }
}

extension PartialRangeUpTo<Int>: AxisIndex {
  public func indices(in extent: Int) -> AxisIndices { AxisIndices(start: 0, count: upperBound) }
}

extension PartialRangeThrough<Int>: AxisIndex {
  public func indices(in extent: Int) -> AxisIndices {
    precondition(upperBound >= 0, "subscript: ...(\(upperBound)) ends before the first index")
    return AxisIndices(start: 0, count: upperBound + 1)
  }
}

extension StrideTo<Int>: AxisIndex {
  public func indices(in extent: Int) -> AxisIndices {
    let indices = Array(self)
    return AxisIndices(
      start: indices.first ?? 0, count: indices.count, step: indices.count > 1 ? indices[1] - indices[0] : 1)
  }
}

extension Tensor {
  /// Elements by one index or range an axis, outermost first; axes that are not named are taken whole.
  ///
  ///     x[0]                // the first picture of a batch, [H, W, C]
  ///     x[0, 2..<5, .all]   // three of its rows, [3, W, C]
  ///     x[0, 2, 5, -1]      // an element, a scalar
  ///
  /// Reading copies, with a gradient. Writing takes what broadcasts to the place, into a tensor that is no part of the
  /// autodiff graph.
  /// - Precondition: no index lies outside its axis.
  public subscript(indices: any AxisIndex...) -> Tensor {
    get {
      let (view, result) = view(indices)
      return Kernels.read(view, of: self, as: result).recorded("subscript", from: node) { [shape] _ in
        { gradient in
          let whole = Tensor(zeros: shape)
          Kernels.write(gradient, into: whole.storage.pointer, view)
          return [whole]
        }
      }
    }
    set {
      precondition(newValue.node == nil, "subscript: what is written must not need a gradient; detach it")
      let (view, result) = view(indices)
      precondition(
        newValue.shape.broadcast(with: result) == result,
        "subscript: \(newValue.shape) put in place of \(result)")
      let elements = Kernels.expanded(newValue, to: result)
      withUnsafeMutableBufferPointer { target in
        if let base = target.baseAddress { Kernels.write(elements, into: base, view) }
      }
    }
  }

  private func view(_ indices: [any AxisIndex]) -> (StridedView, Shape) {
    precondition(indices.count <= shape.rank, "subscript: \(indices.count) indices into \(shape)")
    var (start, strides, extents) = (0, shape.strides, shape.dimensions)
    var result: [Int] = []
    for axis in 0..<shape.rank {
      let taken =
        axis < indices.count ? indices[axis].indices(in: shape[axis]) : AllIndices().indices(in: shape[axis])
      let last = taken.start + (taken.count - 1) * taken.step
      precondition(
        taken.count == 0
          ? (0...shape[axis]).contains(taken.start)
          : taken.count > 0 && (0..<shape[axis]).contains(taken.start) && (0..<shape[axis]).contains(last),
        "subscript: \(indices[axis]) outside axis \(axis) of \(shape)")
      start += taken.start * strides[axis]
      strides[axis] *= taken.step
      extents[axis] = taken.count
      if taken.keepsAxis { result.append(taken.count) }
    }
    return (StridedView(start: start, extents: extents, strides: strides), Shape(result))
  }
}
