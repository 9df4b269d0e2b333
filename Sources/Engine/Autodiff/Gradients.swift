/// The gradients of one backward sweep, a value: nothing is zeroed by hand.
///
/// They are ordered as the sweep reached the leaves, can be read and written by leaf, by parameter and by watched
/// tensor, and are `Sendable`: several sweeps of one network, each on a part of a batch, can be averaged
/// (``accumulate(_:)``, ``scale(by:)``).
public struct Gradients: Sendable {
  private var values: [Node: Tensor] = [:]
  /// The order in which the sweep reached the leaves: sums over all gradients follow it, so bits are kept.
  private var order: [Node] = []

  /// No gradients: a place to gather those of several sweeps in, with ``accumulate(_:)``.
  public init() {}

  /// The gradient of a parameter; nil where the loss does not depend on it or it is frozen. Setting nil removes it,
  /// and a new one comes last in ``leaves``.
  /// - Precondition: a new value has the parameter's shape.
  public subscript(parameter: Parameter) -> Tensor? {
    get { values[parameter.leaf] }
    set {
      precondition(
        newValue == nil || newValue!.shape == parameter.shape,
        "Gradients: a gradient \(newValue!.shape) of \(parameter.name) \(parameter.shape)")
      set(newValue, at: parameter.leaf)
    }
  }

  /// The gradient of a tensor made by ``Tensor/requiringGradient()``. Setting nil removes it, and a new one comes last
  /// in ``leaves``.
  /// - Precondition: a new value has the tensor's shape and is of one that requires a gradient.
  public subscript(tensor: Tensor) -> Tensor? {
    get { tensor.node.flatMap { values[$0] } }
    set {
      guard let node = tensor.node else {
        preconditionFailure("Gradients: a gradient of a tensor \(tensor.shape) that requires none")
      }
      precondition(
        newValue == nil || newValue!.shape == tensor.shape,
        "Gradients: a gradient \(newValue!.shape) of a tensor \(tensor.shape)")
      set(newValue, at: node)
    }
  }

  /// Whether there is no gradient at all, as after a sweep of a loss that depends on no leaf.
  public var isEmpty: Bool { values.isEmpty }

  /// What there are gradients of, in the order in which the sweep reached it: the same one for every sweep of one network.
  public var leaves: [Leaf] { order.map(Leaf.init) }

  /// The gradient of one of ``leaves``. Setting nil removes it, and a new one comes last in ``leaves``.
  public subscript(leaf: Leaf) -> Tensor? {
    get { values[leaf.node] }
    set {
      if let old = values[leaf.node], let newValue {
        precondition(
          old.shape == newValue.shape, "Gradients: a gradient \(newValue.shape) in place of \(old.shape)")
      }
      set(newValue, at: leaf.node)
    }
  }

  /// What a gradient is of: a parameter, or a tensor made by ``Tensor/requiringGradient()``.
  public struct Leaf: Hashable, Sendable {
    let node: Node

    /// The parameter's name; nil of a tensor.
    public var parameter: String? { node.parameter }
  }

  private mutating func set(_ gradient: Tensor?, at leaf: Node) {
    guard let gradient else {
      if values.removeValue(forKey: leaf) != nil { order.removeAll { $0 == leaf } }
      return
    }
    if values.updateValue(gradient.detached, forKey: leaf) == nil { order.append(leaf) }
  }

  mutating func add(_ gradient: consuming Tensor, to leaf: Node) {
    if let sum = values.removeValue(forKey: leaf) {
      values[leaf] = Kernels.added(sum, gradient)
    } else {
      values[leaf] = gradient
      order.append(leaf)
    }
  }

  /// Adds another sweep's gradients: gradient accumulation over micro-batches, or over passes at the same time.
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
  /// (factor = maximum / (norm + 1e-6)). A norm of NaN makes all of them NaN. Returns the norm before.
  @discardableResult
  public mutating func clip(toNorm maximum: Float) -> Float {
    let norm = self.norm
    let factor = maximum / (norm + 1e-6)
    // Of NaN too: nothing of it is a gradient that a step could take.
    if !(factor >= 1) { scale(by: factor) }
    return norm
  }
}
