import Synchronization

/// All parameters of a network in the order of their registration: its state dict.
public final class ParameterStore: Sendable {
  private struct Entries {
    var all: [Parameter] = []
    var byName: [String: Parameter] = [:]
  }

  private let entries = Mutex(Entries())
  private let generator: RandomStream
  private let initializes: Bool

  /// - Parameters:
  ///   - seed: the seed of the initial values; each parameter has a stream of its own, told apart by its name.
  ///   - initializes: false leaves weights zero, and takes no memory for them until they are asked for: for a network
  ///     whose weights are about to be loaded.
  public init(seed: UInt64 = 0, initializes: Bool = true) {
    generator = RandomStream(seed: seed)
    self.initializes = initializes
  }

  /// In the order of registration.
  public var all: [Parameter] { entries.withLock { $0.all } }

  /// The parameter of that name; nil where there is none.
  public subscript(name: String) -> Parameter? { entries.withLock { $0.byName[name] } }

  /// What optimizers train.
  public var trainable: [Parameter] { all.filter(\.isTrainable) }

  /// The parameters of a module and of all that it is made of: those whose names begin with its path and a dot.
  /// - Parameter path: see ``Module/path``; empty is the whole network.
  public func parameters(under path: String) -> [Parameter] {
    path.isEmpty ? all : all.filter { $0.name.hasPrefix(path + ".") }
  }

  /// The weights whose names match a shell pattern, frozen ones included.
  /// - Parameter pattern: such as `layer1.*`; `*` is any run of characters, dots too, `?` any one, `[abc]` any of these.
  public func weights(matching pattern: String) -> [Parameter] {
    all.filter { $0.role == .weight && Glob.matches(pattern, $0.name) }
  }

  /// Freezes the weights whose names match a shell pattern: they get no gradient, and optimizers pass them by. What is
  /// frozen is trained again where ``Parameter/isTrainable`` is set.
  /// - Parameter pattern: as ``weights(matching:)`` takes it.
  /// - Returns: the weights that match; none where the pattern names nothing that there is.
  @discardableResult
  public func freeze(_ pattern: String) -> [Parameter] {
    let weights = weights(matching: pattern)
    for weight in weights { weight.isTrainable = false }
    return weights
  }

  /// The number of trained elements, frozen ones included.
  public var parameterCount: Int {
    all.reduce(0) { $1.role == .weight ? $0 + $1.shape.count : $0 }
  }

  /// The root scope: names start here.
  public var scope: Scope { Scope(store: self, path: "") }

  fileprivate func register(
    _ name: String, _ shape: Shape, role: Parameter.Role, layout: WeightLayout,
    initializer: Initializer
  ) -> Parameter {
    var stream = generator.split(name)
    let value = initializes || role != .weight ? initializer(shape, &stream) : nil
    precondition(
      value == nil || value!.shape == shape,
      "ParameterStore: the initializer of \(name) made \(value!.shape), not \(shape)")
    let parameter = Parameter(name: name, role: role, layout: layout, shape: shape, value: value)
    entries.withLock { entries in
      precondition(entries.byName[name] == nil, "ParameterStore: \(name) is registered twice")
      entries.all.append(parameter)
      entries.byName[name] = parameter
    }
    return parameter
  }
}

/// A place in the naming of parameters: the constructor of a network is its key schema.
///
///     Conv2d(scope["layer1"][0]["conv1"], …)   // registers layer1.0.conv1.weight
public struct Scope: Sendable {
  let store: ParameterStore
  /// The dotted path, empty at the root.
  public private(set) var path: String
  /// How batch norms below are frozen; nil where they are not.
  private(set) var frozenNorm: FrozenNorm?
  /// The only names that are registered; nil for all.
  private var names: Set<String>?

  fileprivate init(store: ParameterStore, path: String) {
    self.store = store
    self.path = path
  }

  /// The scope of a part by its name: `scope["layer1"]` adds `layer1` to the path.
  public subscript(name: String) -> Scope {
    var part = self
    part.path = path.isEmpty ? name : "\(path).\(name)"
    return part
  }

  /// The scope of a part by its place in a list, as PyTorch's `Sequential` names its children: `scope[0]`.
  public subscript(index: Int) -> Scope { self[String(index)] }

  /// The same place, below which every ``BatchNorm2d`` is frozen: it normalizes with its running statistics in training too,
  /// and nothing of it is trained, as with torchvision's `FrozenBatchNorm2d`. For trunks of detectors, whose batches of one
  /// or two pictures have no statistics to speak of.
  /// - Parameter epsilon: what is added to the variance; nil for what each layer says. It must be what the weights were
  ///   trained with, and no key of a file tells: torchvision's detectors for COCO have 0.
  public func freezingBatchNorm(epsilon: Float? = nil) -> Scope {
    var scope = self
    scope.frozenNorm = FrozenNorm(epsilon: epsilon)
    return scope
  }

  struct FrozenNorm: Hashable, Sendable {
    let epsilon: Float?
  }

  /// The same place, below which parameters of other names are not registered: they take no memory, and the modules that own
  /// them must not be called.
  package func registering(only names: Set<String>) -> Scope {
    var scope = self
    scope.names = names
    return scope
  }

  /// Registers the parameter `path.name`.
  /// - Parameters:
  ///   - name: the last part of its key in weight files, such as `weight`.
  ///   - shape: in memory.
  ///   - role: whether optimizers train it.
  ///   - layout: how it lies in weight files.
  ///   - initializer: of its first value.
  /// - Precondition: no parameter has the name.
  public func parameter(
    _ name: String, _ shape: Shape, role: Parameter.Role = .weight, layout: WeightLayout = .same,
    _ initializer: Initializer
  ) -> Parameter {
    let name = self[name].path
    if let names, !names.contains(name) {
      return Parameter(name: name, role: role, layout: layout, shape: shape, value: nil)
    }
    return store.register(name, shape, role: role, layout: layout, initializer: initializer)
  }
}
