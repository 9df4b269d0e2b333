import Synchronization

/// A named tensor of a network: a weight to train, or a statistic that training keeps.
public final class Parameter: @unchecked Sendable {
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

  /// False for a frozen weight: it gets no gradient, and optimizers pass it by.
  public var isTrainable: Bool

  let leaf = Node()

  private struct State {
    /// Nil for zeros that nobody has asked for: a network whose weights are about to be loaded takes no memory.
    var stored: Tensor?
    /// Counts the changes, so that what is derived from the elements can be kept.
    var version = 0

    mutating func elements(_ shape: Shape) -> Tensor {
      if stored == nil { stored = Tensor(zeros: shape) }
      return stored!
    }

    mutating func replace(_ tensor: Tensor) {
      stored = tensor
      version += 1
    }
  }

  private let state: Mutex<State>

  /// The value in the form that a convolution's plan wants, and the version it was made of.
  private struct Prepared {
    let version: Int
    let form: ConvolutionPlan.WeightForm
    let storage: Storage
  }

  private let kept = Mutex<Prepared?>(nil)

  /// - Parameter value: nil for zeros.
  init(name: String, role: Role, layout: WeightLayout, shape: Shape, value: Tensor?) {
    self.name = name
    self.role = role
    self.layout = layout
    self.shape = shape
    state = Mutex(State(stored: value))
    self.isTrainable = role == .weight
  }

  /// The value as an operand: part of the graph where the pass records one and the parameter is trained.
  package func operand(in pass: Pass) -> Tensor {
    let value = value
    guard pass.recordsGradients, isTrainable else { return value }
    return Tensor(storage: value.storage, shape: value.shape, node: leaf)
  }

  /// The value as `plan` wants it, made once and kept while neither changes; nil where that is the value itself.
  package func prepared(for plan: ConvolutionPlan, _ g: ConvolutionGeometry) -> Storage? {
    guard let form = plan.weightForm(for: g) else { return nil }
    let (version, tensor) = state.withLock { ($0.version, $0.elements(shape)) }
    return kept.withLock { kept in
      if let kept, kept.version == version, kept.form == form { return kept.storage }
      let storage = Kernels.prepareWeights(g, as: form, weight: tensor.storage.pointer)
      kept = Prepared(version: version, form: form, storage: storage)
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
