// Activations as layers; the functions are operations of the same names.

/// min(max(x, 0), 6), PyTorch's `ReLU6`.
public final class ReLU6: Module {
  public let path: String

  /// - Parameter scope: where it is; nil leaves it without a name.
  public init(_ scope: Scope? = nil) { path = scope?.path ?? "" }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "ReLU6", x) { relu6($0) }
  }
}

/// x / (1 + e⁻ˣ), PyTorch's `SiLU`.
public final class SiLU: Module {
  public let path: String

  /// - Parameter scope: where it is; nil leaves it without a name.
  public init(_ scope: Scope? = nil) { path = scope?.path ?? "" }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "SiLU", x) { silu($0) }
  }
}

/// x · min(max(x + 3, 0), 6) / 6, PyTorch's `Hardswish`.
public final class HardSwish: Module {
  public let path: String

  /// - Parameter scope: where it is; nil leaves it without a name.
  public init(_ scope: Scope? = nil) { path = scope?.path ?? "" }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "HardSwish", x) { hardSwish($0) }
  }
}

/// min(max(x + 3, 0), 6) / 6, PyTorch's `Hardsigmoid`.
public final class HardSigmoid: Module {
  public let path: String

  /// - Parameter scope: where it is; nil leaves it without a name.
  public init(_ scope: Scope? = nil) { path = scope?.path ?? "" }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "HardSigmoid", x) { hardSigmoid($0) }
  }
}

/// 1 / (1 + e⁻ˣ), PyTorch's `Sigmoid`.
public final class Sigmoid: Module {
  public let path: String

  /// - Parameter scope: where it is; nil leaves it without a name.
  public init(_ scope: Scope? = nil) { path = scope?.path ?? "" }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "Sigmoid", x) { sigmoid($0) }
  }
}

/// The hyperbolic tangent, PyTorch's `Tanh`.
public final class Tanh: Module {
  public let path: String

  /// - Parameter scope: where it is; nil leaves it without a name.
  public init(_ scope: Scope? = nil) { path = scope?.path ?? "" }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "Tanh", x) { tanh($0) }
  }
}

/// x · Φ(x), Φ the normal distribution's cumulative function, PyTorch's `GELU`.
public final class GELU: Module {
  public let path: String
  /// How Φ is computed: exactly, or by PyTorch's `tanh` formula.
  public let approximation: GELUApproximation

  /// - Parameters:
  ///   - scope: where it is; nil leaves it without a name.
  ///   - approximation: PyTorch's `approximate`.
  public init(_ scope: Scope? = nil, approximation: GELUApproximation = .none) {
    path = scope?.path ?? ""
    self.approximation = approximation
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "GELU", x) { gelu($0, approximation: approximation) }
  }
}
