/// An elementwise nonlinearity as a value: what follows a convolution or a batch norm in the same pass.
public enum Activation: Hashable, Sendable {
  /// x itself.
  case none
  /// max(x, 0).
  case relu
  /// min(max(x, low), high).
  case clip(Float, Float)
  /// x where x > 0, slope · x elsewhere.
  case leakyReLU(Float)
  /// x · min(max(x + 3, 0), 6) / 6 (Howard et al. 2019, "Searching for MobileNetV3").
  case hardSwish
  /// x / (1 + e⁻ˣ), also called swish (Ramachandran et al. 2017, "Searching for Activation Functions").
  case silu

  /// min(max(x, 0), 6).
  public static let relu6 = Activation.clip(0, 6)

  /// Whether the gradient's mask can be read off the result, so that batch norm's gradient applies it.
  var isMask: Bool {
    switch self {
    case .none, .relu, .clip: true
    case .leakyReLU, .hardSwish, .silu: false
    }
  }
}

extension Activation: CustomStringConvertible {
  /// As summaries name it; empty for ``none``.
  public var description: String {
    switch self {
    case .none: ""
    case .relu: "ReLU"
    case .relu6: "ReLU6"
    case .clip(let low, let high): "clip(\(low), \(high))"
    case .leakyReLU(let slope): "leaky ReLU(\(slope))"
    case .hardSwish: "hard-swish"
    case .silu: "SiLU"
    }
  }

  /// Behind the name of what it follows.
  var suffix: String { self == .none ? "" : " + \(self)" }
}

/// The activation of x, with its gradient.
public func activation(_ x: consuming Tensor, _ activation: Activation) -> Tensor {
  switch activation {
  case .none: x
  case .relu: relu(x)
  case .clip(let low, let high): clip(x, low, high)
  case .leakyReLU(let slope): leakyReLU(x, negativeSlope: slope)
  case .hardSwish: hardSwish(x)
  case .silu: silu(x)
  }
}

/// The gradient where the activation that gave `output` lets it through, else 0.
func masked(_ gradient: consuming Tensor, where activation: Activation, gave output: Tensor) -> Tensor {
  switch activation {
  case .relu:
    Kernels.mapped(gradient, output, { $0.replacing(with: 0, where: $1 .<= 0) }, { $1 <= 0 ? 0 : $0 })
  case .clip(let low, let high):
    Kernels.mapped(
      gradient, output, { $0.replacing(with: 0, where: ($1 .<= low) .| ($1 .>= high)) },
      { $1 <= low || $1 >= high ? 0 : $0 })
  case .none, .leakyReLU, .hardSwish, .silu: preconditionFailure("\(activation) is no mask")
  }
}
