/// The gradients of one backward sweep, a value: nothing is zeroed by hand.
public struct Gradients: Sendable {
  private var values: [Node: Tensor] = [:]
  /// The order in which the sweep reached the leaves: sums over all gradients follow it, so bits are kept.
  private var order: [Node] = []

  public init() {}

  /// The gradient of a parameter; nil where the loss does not depend on it or it is frozen.
  public subscript(parameter: Parameter) -> Tensor? { values[parameter.leaf] }

  /// The gradient of a tensor made by ``Tensor/requiringGradient()``.
  public subscript(tensor: Tensor) -> Tensor? { tensor.node.flatMap { values[$0] } }

  public var isEmpty: Bool { values.isEmpty }

  mutating func add(_ gradient: consuming Tensor, to leaf: Node) {
    if let sum = values.removeValue(forKey: leaf) {
      values[leaf] = Kernels.added(sum, gradient)
    } else {
      values[leaf] = gradient
      order.append(leaf)
    }
  }

  /// Adds another sweep's gradients: gradient accumulation over micro-batches.
  public mutating func accumulate(_ other: consuming Gradients) {
    for leaf in other.order {
      if let gradient = other.values.removeValue(forKey: leaf) { add(gradient, to: leaf) }
    }
  }

  /// Multiplies every gradient by `factor`.
  public mutating func scale(by factor: Float) {
    for leaf in order {
      if let gradient = values.removeValue(forKey: leaf) {
        values[leaf] = Kernels.scaled(gradient, by: factor)
      }
    }
  }

  /// The Euclidean norm of all gradients together.
  public var norm: Float {
    var sum = 0.0
    for leaf in order {
      if let gradient = values[leaf] { sum += Kernels.sumOfSquares(gradient) }
    }
    return Float(sum.squareRoot())
  }

  /// Scales all gradients so that their joint norm is at most `maximum`, as `torch.nn.utils.clip_grad_norm_` does
  /// (factor = maximum / (norm + 1e-6)). Returns the norm before.
  @discardableResult
  public mutating func clip(toNorm maximum: Float) -> Float {
    let norm = self.norm
    let factor = maximum / (norm + 1e-6)
    if factor < 1 { scale(by: factor) }
    return norm
  }
}
