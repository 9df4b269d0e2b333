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

  /// The sums along an axis, which the result lacks.
  public func sum(axis: Int) -> Tensor { reduced("sum", axis: axis, factor: 1) }

  /// The means along an axis, which the result lacks.
  public func mean(axis: Int) -> Tensor {
    precondition((0..<shape.rank).contains(axis), "mean: no axis \(axis) in \(shape)")
    return reduced("mean", axis: axis, factor: 1 / Double(shape[axis]))
  }

  private func reduced(_ operation: StaticString, axis: Int, factor: Double) -> Tensor {
    precondition((0..<shape.rank).contains(axis), "\(operation): no axis \(axis) in \(shape)")
    return Kernels.sum(self, axis: axis, factor: factor)
      .recorded(operation, from: node) { [shape] _ in
        { [Kernels.spread($0, along: axis, of: shape, factor: Float(factor))] }
      }
  }
}
