// Activations that are clipped on both sides, and SiLU, which hard-swish stands for.

/// min(max(x, low), high). NaN stays NaN. The gradient is 0 at the bounds, as in PyTorch's `hardtanh`.
public func clip(_ x: consuming Tensor, _ low: Float, _ high: Float) -> Tensor {
  precondition(low <= high, "clip: \(low) is above \(high)")
  let node = x.node
  let y = Kernels.mapped(x, { Kernels.clip($0, low, high) }, { Kernels.clip($0, low, high) })
  return y.recorded("clip", from: node) { _ in
    { [masked($0, where: .clip(low, high), gave: y)] }
  }
}

/// min(max(x, 0), 6).
public func relu6(_ x: consuming Tensor) -> Tensor { clip(x, 0, 6) }

/// min(max(x + 3, 0), 6) / 6, PyTorch's `hardsigmoid`.
public func hardSigmoid(_ x: consuming Tensor) -> Tensor {
  let node = x.node
  let y = Kernels.mapped(x, Kernels.hardSigmoid, { Kernels.lane($0, Kernels.hardSigmoid) })
  return y.recorded("hardSigmoid", from: node) { _ in
    { gradient in
      [
        Kernels.mapped(
          gradient, y, { ($0 * (1 / 6)).replacing(with: 0, where: ($1 .<= 0) .| ($1 .>= 1)) },
          { $1 <= 0 || $1 >= 1 ? 0 : $0 * (1 / 6) })
      ]
    }
  }
}

/// x · min(max(x + 3, 0), 6) / 6 (Howard et al. 2019, "Searching for MobileNetV3").
public func hardSwish(_ x: consuming Tensor) -> Tensor {
  let node = x.node
  let kept = node == nil ? nil : x.detached
  let y = Kernels.mapped(x, Kernels.hardSwish, { Kernels.lane($0, Kernels.hardSwish) })
  return y.recorded("hardSwish", from: node) { _ in
    { gradient in
      [
        Kernels.mapped(
          gradient, kept!,
          {
            ($0 * ($1 * (1 / 3) + 0.5)).replacing(with: 0, where: $1 .<= -3).replacing(
              with: $0, where: $1 .>= 3)
          },
          { $1 <= -3 ? 0 : $1 >= 3 ? $0 : $0 * ($1 * (1 / 3) + 0.5) })
      ]
    }
  }
}

/// x / (1 + e⁻ˣ), also called swish.
public func silu(_ x: consuming Tensor) -> Tensor {
  let node = x.node
  let kept = node == nil ? nil : x.detached
  let y = Kernels.mapped(x, Kernels.silu, { Kernels.lane($0, Kernels.silu) })
  return y.recorded("silu", from: node) { _ in
    { gradient in
      [
        Kernels.mapped(
          gradient, kept!, { $0 * Kernels.siluSlope($1) }, { $0 * Kernels.lane($1, Kernels.siluSlope) })
      ]
    }
  }
}
