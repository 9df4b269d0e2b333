import Engine

/// What follows a darknet layer, under darknet's names.
public enum DarknetActivation: String, CaseIterable, Hashable, Sendable {
  /// x itself.
  case linear
  /// x where x > 0, 0.1 · x elsewhere.
  case leaky
  /// max(x, 0).
  case relu
  /// 1 / (1 + e⁻ˣ).
  case logistic
  /// The hyperbolic tangent.
  case tanh
  /// x · tanh(log(1 + eˣ)) (Misra 2019, "Mish: A Self Regularized Non-Monotonic Activation Function").
  case mish
  /// x / (1 + e⁻ˣ).
  case swish

  /// What a convolution or batch norm applies in its own pass; nil where it takes a step of its own.
  var fused: Activation? {
    switch self {
    case .linear: Activation.none
    case .leaky: .leakyReLU(0.1)
    case .relu: .relu
    case .swish: .silu
    case .logistic, .tanh, .mish: nil
    }
  }

  /// The activation of x, with its gradient.
  /// - Parameter x: of any shape.
  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    switch self {
    case .linear: x
    case .leaky: leakyReLU(x, negativeSlope: 0.1)
    case .relu: Engine.relu(x)
    case .logistic: sigmoid(x)
    case .tanh: Engine.tanh(x)
    case .mish: Self.mish(x)
    case .swish: silu(x)
    }
  }

  /// With n = eˣ(eˣ + 2), tanh(log(1 + eˣ)) = n / (n + 2), which is 1 to the last bit from 20 on.
  private static func mish(_ x: Tensor) -> Tensor {
    let e = exp(clamp(x, maximum: 20))
    let n = e * (e + 2)
    return x * (n / (n + 2))
  }
}
