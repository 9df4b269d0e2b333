/// What a loss does with its elements.
public enum Reduction: Sendable {
  /// Keeps them.
  case none
  /// Their mean, a scalar.
  case mean
  /// Their sum, a scalar.
  case sum
}

extension Tensor {
  /// The sum of all elements, a scalar; added in Double in a fixed order.
  public func sum() -> Tensor {
    Tensor(Float(Kernels.sum(self))).recorded("sum", from: node) { [shape] _ in
      { [Tensor(repeating: $0.scalar, shape: shape)] }
    }
  }

  /// The mean of all elements, a scalar.
  public func mean() -> Tensor {
    Tensor(Float(Kernels.sum(self) / Double(count))).recorded("mean", from: node) { [shape] _ in
      { [Tensor(repeating: $0.scalar / Float(shape.count), shape: shape)] }
    }
  }

  /// The sums along an axis; −1 is the last.
  /// - Parameters:
  ///   - axis: from the outermost, or negative from the last.
  ///   - keepingDimensions: whether the result keeps the axis, with extent 1; otherwise it lacks it.
  public func sum(axis: Int, keepingDimensions: Bool = false) -> Tensor {
    sum(axes: [axis], keepingDimensions: keepingDimensions)
  }

  /// The means along an axis; −1 is the last.
  /// - Parameters:
  ///   - axis: from the outermost, or negative from the last.
  ///   - keepingDimensions: whether the result keeps the axis, with extent 1; otherwise it lacks it.
  public func mean(axis: Int, keepingDimensions: Bool = false) -> Tensor {
    mean(axes: [axis], keepingDimensions: keepingDimensions)
  }

  /// The sums along several axes, added in Double in a fixed order; negative axes count from the last.
  /// - Parameters:
  ///   - axes: each once.
  ///   - keepingDimensions: whether the result keeps the axes, with extents of 1; otherwise it lacks them.
  public func sum(axes: [Int], keepingDimensions: Bool = false) -> Tensor {
    reduced("sum", shape.axes(axes, "sum"), keepingDimensions, factor: 1)
  }

  /// The means along several axes; negative axes count from the last.
  /// - Parameters:
  ///   - axes: each once.
  ///   - keepingDimensions: whether the result keeps the axes, with extents of 1; otherwise it lacks them.
  public func mean(axes: [Int], keepingDimensions: Bool = false) -> Tensor {
    let axes = shape.axes(axes, "mean")
    let count = axes.reduce(1) { $0 * shape[$1] }
    return reduced("mean", axes, keepingDimensions, factor: 1 / Double(count))
  }

  private func reduced(
    _ operation: StaticString, _ axes: [Int], _ keepingDimensions: Bool, factor: Double
  ) -> Tensor {
    let kept = shape.reduced(along: axes, keepingDimensions: true)
    let sums = Kernels.sum(self, axes: axes, factor: factor)
      .recorded(operation, from: node) { [shape] _ in
        { [Kernels.expanded(Kernels.scaled($0, by: Float(factor)).reshaped(to: kept), to: shape)] }
      }
    return keepingDimensions ? sums.reshaped(to: kept) : sums
  }
}
