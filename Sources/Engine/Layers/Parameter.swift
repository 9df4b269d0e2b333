import Synchronization

/// A named tensor of a network: a weight to train, or a statistic that training keeps.
///
/// It may be read, written and frozen from several threads at once: each such act is whole. Passes that run meanwhile
/// compute with the value that they have read.
public final class Parameter: Sendable {
  /// What a parameter is for: whether optimizers change it, and how strictly files must have it.
  public enum Role: Sendable {
    /// Trained by an optimizer.
    case weight
    /// Kept by a layer (running mean and variance); has no gradient.
    case statistic
    /// A count kept by a layer (`num_batches_tracked`); int64 in files, and files may lack it.
    case counter
  }

  /// The key in weight files, as torchvision has it, such as `layer1.0.conv1.weight`.
  public let name: String
  /// Whether it is trained or kept by its layer.
  public let role: Role
  /// How the tensor lies in weight files.
  public let layout: WeightLayout
  /// In Colonnade's layout.
  public let shape: Shape

  /// The elements in Colonnade's layout.
  public var value: Tensor {
    get { state.withLock { $0.elements(shape) } }
    set {
      precondition(newValue.shape == shape, "\(name): \(newValue.shape) put in place of \(shape)")
      state.withLock { $0.replace(newValue) }
    }
  }

  /// As setting ``value``, and what was there goes back to the system unless somebody still holds it.
  func load(_ value: consuming Tensor) {
    precondition(value.shape == shape, "\(name): \(value.shape) put in place of \(shape)")
    let new = value.detached
    var stored: Storage?
    var prepared = PreparedWeights()
    state.withLock { state in
      (stored, prepared) = (state.stored?.storage, state.prepared)
      state.replace(new)
    }
    Storage.discard(&stored)
    prepared.discard()
  }

  /// False for a frozen weight: it gets no gradient, and optimizers pass it by.
  public var isTrainable: Bool {
    get { state.withLock { $0.isTrainable } }
    set { state.withLock { $0.isTrainable = newValue } }
  }

  let leaf: Node

  private struct State {
    /// Nil where ``prepared`` has the elements, or where they are zeros that nobody has asked for: a network whose weights
    /// are about to be loaded takes no memory.
    var stored: Tensor?
    /// The elements in the forms that convolutions asked for since they last changed.
    var prepared = PreparedWeights()
    var isTrainable: Bool

    mutating func elements(_ shape: Shape) -> Tensor {
      if let stored { return stored }
      guard Parallel.isComputing else { return Tensor(uninitialized: shape) }
      let elements = prepared.unpacked(shape) ?? Tensor(lastingZeros: shape)
      stored = elements
      return elements
    }

    mutating func replace(_ tensor: Tensor) {
      stored = tensor
      prepared.removeAll()
    }
  }

  private let state: Mutex<State>

  /// - Parameter value: nil for zeros.
  init(name: String, role: Role, layout: WeightLayout, shape: Shape, value: Tensor?) {
    self.name = name
    self.role = role
    self.layout = layout
    self.shape = shape
    leaf = Node(parameter: name)
    state = Mutex(State(stored: value, isTrainable: role == .weight))
  }

  /// The value as an operand of a pass: part of the graph where the pass records one and the parameter is trained.
  /// Layers compute with this, and ``Gradients`` then has a gradient for the parameter.
  public func operand(in pass: Pass) -> Tensor {
    let (value, isTrainable) = state.withLock { ($0.elements(shape), $0.isTrainable) }
    guard pass.recordsParameters, isTrainable else { return value }
    return Tensor(storage: value.storage, shape: value.shape, node: leaf)
  }

  /// The value as a convolution's weights: kept in the forms that kernels want unless the pass trains it.
  package func weights(in pass: Pass) -> ConvolutionWeights {
    pass.recordsGradients && isTrainable ? .value(operand(in: pass)) : .kept(by: self)
  }

  /// The value as `plan` wants it, made once and kept while the value does not change, beside other forms: see
  /// ``PreparedWeights``. Panels, where they are the only form, take the value's place, for they hold the same numbers.
  package func prepared(for plan: ConvolutionPlan) -> Storage {
    guard Parallel.isComputing else { return Storage(count: 1) }  // Nobody reads it, and nothing is kept.
    return state.withLock { state in
      guard let form = plan.weightForm else { return state.elements(shape).storage }
      if let storage = state.prepared.find(form) { return storage }
      var elements = state.elements(shape)
      var storage = plan.prepare(elements)
      if case .panels = form, state.prepared.isEmpty {
        // Into the value's own memory, so that what is given back is the copy that the next layer takes for its own.
        state.stored = nil
        let packed = storage
        storage = elements.reusableStorage()
        storage.pointer.update(from: packed.pointer, count: shape.count)
      }
      state.prepared.keep(storage, as: form)
      return storage
    }
  }

  /// Writes the elements in place, without a copy where nothing else holds them.
  package func update(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    state.withLock { state in
      var elements = state.elements(shape)
      state.stored = nil
      elements.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
      state.replace(elements)
    }
  }
}
