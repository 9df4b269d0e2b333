// Layers without parameters that leave the extents, or only reshape.

/// An ``Activation`` as a module.
public final class ActivationLayer: Module {
  public let path: String
  /// What is computed of each element.
  public let activation: Activation

  /// - Parameters:
  ///   - scope: where it is; nil leaves it without a name.
  ///   - activation: what it computes of each element.
  public init(_ scope: Scope? = nil, _ activation: Activation) {
    path = scope?.path ?? ""
    self.activation = activation
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "\(activation)", x) { Engine.activation($0, activation) }
  }
}

/// max(x, 0), PyTorch's `ReLU`.
public final class ReLU: Module {
  public let path: String

  /// - Parameter scope: where it is; nil leaves it without a name.
  public init(_ scope: Scope? = nil) { path = scope?.path ?? "" }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "ReLU", x) { relu($0) }
  }
}

/// `[N, H·W·C]` from `[N, H, W, C]`. The order is not PyTorch's, C·H·W; see ``Linear``'s `flattening`.
public final class Flatten: Module {
  public let path: String

  /// - Parameter scope: where it is; nil leaves it without a name.
  public init(_ scope: Scope? = nil) { path = scope?.path ?? "" }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "Flatten", x) { $0.flattened() }
  }
}

/// Local response normalization over channels (Krizhevsky et al. 2012), PyTorch's `LocalResponseNorm`:
/// x / (k + α/n · Σx²)^β over n neighbouring channels.
public final class LocalResponseNorm: Module {
  public let path: String
  /// n.
  public let size: Int
  /// α, of the mean of squares; the exponent β; and k, what is added: PyTorch's arguments of these names.
  public let alpha, beta, k: Float

  /// - Parameters:
  ///   - scope: where it is; nil leaves it without a name.
  ///   - size: n, how many channels.
  ///   - alpha: α, of the mean of squares; the paper's multiplies their sum.
  ///   - beta: β, the exponent.
  ///   - k: k, what is added.
  public init(_ scope: Scope? = nil, size: Int, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1) {
    path = scope?.path ?? ""
    (self.size, self.alpha, self.beta, self.k) = (size, alpha, beta, k)
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "LocalResponseNorm \(size)", x) {
      localResponseNorm($0, size: size, alpha: alpha, beta: beta, k: k)
    }
  }
}

/// Dropout (Srivastava et al. 2014), inverted as in PyTorch; the identity in inference.
public final class Dropout: Module {
  public let path: String
  /// Of an element to be set to 0.
  public let probability: Float

  /// - Parameters:
  ///   - scope: where it is: which elements fall depends on this name then, and not on the layers before
  ///     (``Pass/randomStream(for:)``). Nil takes the pass's next number: the order of such layers decides.
  ///   - probability: of an element to be set to 0, in 0...1.
  public init(_ scope: Scope? = nil, probability: Float = 0.5) {
    path = scope?.path ?? ""
    self.probability = probability
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    guard pass.isTraining && probability > 0 else { return x }
    if path.isEmpty { return dropout(x, probability: probability, generator: &pass.generator) }
    var stream = pass.randomStream(for: path)
    return dropout(x, probability: probability, generator: &stream)
  }
}
