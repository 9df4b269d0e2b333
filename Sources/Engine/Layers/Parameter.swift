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
  public var shape: Shape { elements.shape }

  /// The elements in Colonnade's layout.
  public var value: Tensor {
    get { elements }
    set {
      precondition(newValue.shape == shape, "\(name): \(newValue.shape) put in place of \(shape)")
      elements = newValue
      version += 1
    }
  }

  private var elements: Tensor

  /// False for a frozen weight: it gets no gradient, and optimizers pass it by.
  public var isTrainable: Bool

  /// Counts the changes of ``value``, so that what is derived from it can be kept.
  package private(set) var version = 0

  let leaf = Node()

  /// The value in the form that a convolution's plan wants, and the version it was made of.
  private struct Prepared {
    let version: Int
    let form: ConvolutionPlan.WeightForm
    let storage: Storage
  }

  private let kept = Mutex<Prepared?>(nil)

  init(name: String, role: Role, layout: WeightLayout, value: Tensor) {
    self.name = name
    self.role = role
    self.layout = layout
    self.elements = value
    self.isTrainable = role == .weight
  }

  /// The value as an operand: part of the graph where the pass records one and the parameter is trained.
  package func operand(in pass: Pass) -> Tensor {
    guard pass.recordsGradients, isTrainable else { return value }
    return Tensor(storage: value.storage, shape: value.shape, node: leaf)
  }

  /// The value as `plan` wants it, made once and kept while neither changes; nil where that is the value itself.
  package func prepared(for plan: ConvolutionPlan, _ g: ConvolutionGeometry) -> Storage? {
    guard let form = plan.weightForm(for: g) else { return nil }
    let (version, tensor) = (version, value)
    return kept.withLock { kept in
      if let kept, kept.version == version, kept.form == form { return kept.storage }
      let storage = Kernels.prepareWeights(g, as: form, weight: tensor.storage.pointer)
      kept = Prepared(version: version, form: form, storage: storage)
      return storage
    }
  }

  /// Writes the elements in place, without a copy where nothing else holds them.
  package func update(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    elements.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    version += 1
  }
}
