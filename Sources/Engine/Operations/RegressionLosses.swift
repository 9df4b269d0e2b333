// Losses of the difference x − target, as PyTorch has them. Both operands get gradients where they need them.

/// Smooth L1: 0.5d²/β where |d| < β, |d| − 0.5β elsewhere; d = x − target.
///
/// Faster R-CNN's RPN uses β = 1/9, Fast R-CNN's head β = 1. With β = 0 this is ``l1(_:_:reduction:)``.
/// - Precondition: the shapes are equal and β ≥ 0.
public func smoothL1(
  _ x: consuming Tensor, _ target: consuming Tensor, beta: Float = 1, reduction: Reduction = .mean
) -> Tensor {
  precondition(beta >= 0, "smoothL1: beta \(beta) is negative")
  if beta == 0 { return l1(x, target, reduction: reduction) }
  let inverse = 1 / beta
  return differenceLoss(
    "smoothL1", x, target, reduction,
    value: { d in
      let a = Kernels.absolute(d)
      return (a - 0.5 * beta).replacing(with: a * a * (0.5 * inverse), where: a .< beta)
    },
    // NaN is within no bounds: it stays.
    slope: { d in (d * inverse).replacing(with: Kernels.sign(d), where: Kernels.absolute(d) .>= beta) })
}

/// |x − target|.
public func l1(
  _ x: consuming Tensor, _ target: consuming Tensor, reduction: Reduction = .mean
) -> Tensor {
  differenceLoss("l1", x, target, reduction, value: { Kernels.absolute($0) }, slope: { Kernels.sign($0) })
}

/// (x − target)².
public func mse(
  _ x: consuming Tensor, _ target: consuming Tensor, reduction: Reduction = .mean
) -> Tensor {
  differenceLoss("mse", x, target, reduction, value: { $0 * $0 }, slope: { $0 * 2 })
}

/// A loss of each difference, with its derivative.
@inline(__always)
private func differenceLoss(
  _ operation: StaticString, _ x: consuming Tensor, _ target: consuming Tensor, _ reduction: Reduction,
  value: (Vector) -> Vector, slope: @escaping @Sendable (Vector) -> Vector
) -> Tensor {
  requireEqualShapes(operation, x.shape, target.shape)
  let (a, b) = (x.node, target.node)
  let difference = Kernels.combined(x, target, { $0 - $1 }, { $0 - $1 })
  let divisor = reduction == .mean ? Float(difference.count) : 1
  let result: Tensor
  if reduction == .none {
    result = Kernels.mapped(difference, value, { Kernels.lane($0, value) })
  } else {
    result = Tensor(Float(Kernels.sum(difference, of: value) / Double(divisor)))
  }
  return result.recorded(operation, from: a, b) { needs in
    { gradient in
      let dx: Tensor
      if reduction == .none {
        dx = Kernels.mapped(gradient, difference, { $0 * slope($1) }, { $0 * Kernels.lane($1, slope) })
      } else {
        let scale = gradient.scalar / divisor
        dx = Kernels.mapped(difference, { slope($0) * scale }, { Kernels.lane($0, slope) * scale })
      }
      return [needs[0] ? dx : nil, needs[1] ? Kernels.scaled(dx, by: -1) : nil]
    }
  }
}
