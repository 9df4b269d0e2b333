// Elementwise nonlinearities. Each works in its argument's buffer where nothing else holds it, and keeps for the
// gradient its result alone where that is enough.

/// max(x, 0). NaN stays NaN.
public func relu(_ x: consuming Tensor) -> Tensor {
  let node = x.node
  let y = Kernels.mapped(x, { $0.clampedBelow(Vector()) }, { $0 < 0 ? 0 : $0 })
  return y.recorded("relu", from: node) { _ in
    { [masked($0, where: .relu, gave: y)] }
  }
}

/// x where x > 0, negativeSlope · x elsewhere (PyTorch's default slope is 0.01; YOLO's is 0.1).
public func leakyReLU(_ x: consuming Tensor, negativeSlope: Float = 0.01) -> Tensor {
  let node = x.node
  let kept = node == nil ? nil : x.detached
  let y = Kernels.mapped(
    x, { $0.replacing(with: $0 * negativeSlope, where: $0 .<= 0) }, { $0 <= 0 ? $0 * negativeSlope : $0 })
  return y.recorded("leakyReLU", from: node) { _ in
    { gradient in
      [
        Kernels.mapped(
          gradient, kept!, { $0.replacing(with: $0 * negativeSlope, where: $1 .<= 0) },
          { $1 <= 0 ? $0 * negativeSlope : $0 })
      ]
    }
  }
}

/// 1 / (1 + e⁻ˣ).
public func sigmoid(_ x: consuming Tensor) -> Tensor {
  let node = x.node
  let y = Kernels.mapped(x, Kernels.sigmoid, { Kernels.lane($0, Kernels.sigmoid) })
  return y.recorded("sigmoid", from: node) { _ in
    { [Kernels.mapped($0, y, { $0 * $1 * (1 - $1) }, { $0 * $1 * (1 - $1) })] }
  }
}

/// The hyperbolic tangent.
public func tanh(_ x: consuming Tensor) -> Tensor {
  let node = x.node
  let y = Kernels.mapped(x, Kernels.tanh, { Kernels.lane($0, Kernels.tanh) })
  return y.recorded("tanh", from: node) { _ in
    { [Kernels.mapped($0, y, { $0 * (1 - $1 * $1) }, { $0 * (1 - $1 * $1) })] }
  }
}
