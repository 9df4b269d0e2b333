// Functions of each element. Each works in its argument's buffer where nothing else holds it.

/// eˣ.
public func exp(_ x: consuming Tensor) -> Tensor {
  pointwise("exp", x, { Kernels.exp($0) }, slopeOfResult: { $0 })
}

/// The natural logarithm: −∞ of 0, NaN of what is below.
public func log(_ x: consuming Tensor) -> Tensor {
  pointwise("log", x, { Kernels.logarithm($0) }, slope: { 1 / $0 })
}

/// √x; NaN below 0. The gradient at 0 is infinite.
public func sqrt(_ x: consuming Tensor) -> Tensor {
  pointwise("sqrt", x, { $0.squareRoot() }, slopeOfResult: { 0.5 / $0 })
}

/// √x of a variance: where all elements are alike, the gradient is 0, as in `torch.std`.
func deviation(ofVariance x: consuming Tensor) -> Tensor {
  pointwise(
    "standardDeviation", x, { $0.squareRoot() },
    slopeOfResult: { (0.5 / $0).replacing(with: 0, where: $0 .== 0) })
}

/// |x|. The gradient at 0 is 0, and of NaN too, as in PyTorch.
public func abs(_ x: consuming Tensor) -> Tensor {
  pointwise("abs", x, { Kernels.absolute($0) }, slope: { Kernels.sign($0) })
}

/// x².
public func square(_ x: consuming Tensor) -> Tensor {
  pointwise("square", x, { $0 * $0 }, slope: { $0 + $0 })
}

/// 1 / x.
public func reciprocal(_ x: consuming Tensor) -> Tensor {
  pointwise("reciprocal", x, { 1 / $0 }, slopeOfResult: { -$0 * $0 })
}

/// x to a power. As `powf` computes it but for 2, 3, ½ and −1, which are products, roots and quotients; NaN where x < 0
/// and the exponent is no integer.
public func pow(_ x: consuming Tensor, _ exponent: Float) -> Tensor {
  switch exponent {
  case 2: square(x)
  case 3: pointwise("pow", x, { $0 * $0 * $0 }, slope: { 3 * $0 * $0 })
  case 0.5: sqrt(x)
  case -1: reciprocal(x)
  case 0: pointwise("pow", x, { _ in Vector(repeating: 1) }, slope: { _ in Vector() })
  default:
    pointwise(
      "pow", x, { Kernels.power($0, Vector(repeating: exponent)) },
      slope: { Kernels.power($0, Vector(repeating: exponent - 1)) * exponent })
  }
}

/// x with what is below `minimum` raised to it and what is above `maximum` lowered to it: ``clip(_:_:_:)`` with one bound
/// or both. NaN stays NaN. The gradient is 0 at the bounds, as PyTorch 2.15 has it for `clamp`.
public func clamp(
  _ x: consuming Tensor, minimum: Float = -.infinity, maximum: Float = .infinity
) -> Tensor {
  precondition(minimum <= maximum, "clamp: \(minimum) is above \(maximum)")
  return clip(x, minimum, maximum)
}

/// x · Φ(x), Φ the normal distribution's cumulative function (Hendrycks and Gimpel 2016, "Gaussian Error Linear Units").
/// - Parameters:
///   - x: of any shape.
///   - approximation: PyTorch's `approximate`.
public func gelu(_ x: consuming Tensor, approximation: GELUApproximation = .none) -> Tensor {
  switch approximation {
  case .none:
    pointwise(
      "gelu", x, { $0 * Kernels.normalCumulative($0) },
      slope: { x in
        let density = Kernels.exp(x * x * -0.5) * 0.398_942_28
        return Kernels.normalCumulative(x) + (x * density).replacing(with: 0, where: density .== 0)
      })
  case .tanh:
    pointwise(
      "gelu", x, { 0.5 * $0 * (1 + Kernels.tanh(geluArgument($0))) },
      slope: { x in
        let t = Kernels.tanh(geluArgument(x))
        let inner = 0.797_884_56 * (1 + 0.134_145 * x * x)
        return 0.5 * (1 + t) + (0.5 * x * (1 - t * t) * inner).replacing(with: 0, where: t * t .== 1)
      })
  }
}

/// How ``gelu(_:approximation:)`` is computed.
public enum GELUApproximation: Hashable, Sendable {
  /// By the error function.
  case none
  /// ½x (1 + tanh(√(2/π) (x + 0.044715x³))).
  case tanh
}

@inline(__always)
private func geluArgument(_ x: Vector) -> Vector { 0.797_884_56 * (x + 0.044_715 * x * x * x) }

/// An operation with a gradient that is that of the result times a function of x.
@inline(__always)
private func pointwise(
  _ operation: StaticString, _ x: consuming Tensor, _ f: (Vector) -> Vector,
  slope: @escaping @Sendable (Vector) -> Vector
) -> Tensor {
  let node = x.node
  let kept = node == nil ? nil : x.detached
  return Kernels.mapped(x, f).recorded(operation, from: node) { _ in
    { gradient in
      let shape = gradient.shape
      return [Kernels.zipped(gradient, kept!, to: shape) { $0 * slope($1) }]
    }
  }
}

/// An operation with a gradient that is that of the result times a function of the result.
@inline(__always)
private func pointwise(
  _ operation: StaticString, _ x: consuming Tensor, _ f: (Vector) -> Vector,
  slopeOfResult slope: @escaping @Sendable (Vector) -> Vector
) -> Tensor {
  let node = x.node
  let y = Kernels.mapped(x, f)
  return y.recorded(operation, from: node) { _ in
    { gradient in
      let shape = gradient.shape
      return [Kernels.zipped(gradient, y, to: shape) { $0 * slope($1) }]
    }
  }
}
