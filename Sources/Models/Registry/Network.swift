import Images
import Engine

/// What a network makes of a batch.
public struct NetworkOutput: Sendable {
  /// `[N, classes]`, before softmax.
  public let logits: Tensor
  /// The logits of auxiliary heads, `[N, classes]` each, the one nearest to the input first; empty but in training
  /// of a network that was built with them.
  public let auxiliary: [Tensor]

  /// - Parameters:
  ///   - logits: `[N, classes]`, before softmax.
  ///   - auxiliary: those of auxiliary heads, `[N, classes]` each.
  public init(logits: Tensor, auxiliary: [Tensor] = []) {
    self.logits = logits
    self.auxiliary = auxiliary
  }
}

/// A module with more outputs than one.
public protocol MultiHeaded: Module {
  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - pass: what is asked of the layers.
  func outputs(_ x: consuming Tensor, _ pass: Pass) -> NetworkOutput
}

/// A classifier of pictures: its card, its parameters and the module that computes.
///
///     let network = try Network("resnet18", classes: 10, inputChannels: 1, seed: 7)
///     let output = network(batch, .training(generator: RandomStream(seed: step)))
///
/// A network of one's own needs no registry; data, training, evaluation and weight files take it like any other:
///
///     let network = try Network(
///       name: "tiny", classes: 10, preprocessing: Digits.preprocessing, inputChannels: 1, inputSize: 8
///     ) { scope in
///       Sequential([
///         ConvNormActivation(
///           Conv2d(scope["conv"], from: 1, to: 16, kernel: 3, padding: 1), BatchNorm2d(scope["bn"], channels: 16)),
///         AdaptiveAvgPool2d(size: 1), Flatten(), Linear(scope["fc"], from: 16, to: 10),
///       ])
///     }
public final class Network: Sendable {
  /// What was known before it was built: its name, preprocessing, sizes.
  public let card: NetworkCard
  /// How it was built.
  public let options: NetworkOptions
  /// The parameters under their keys.
  public let store: ParameterStore
  /// What computes: pictures to logits.
  public let body: any Module

  public var name: String { card.name }
  /// How many logits it gives for a picture.
  public var classes: Int { options.classes }

  /// Builds a network of one's own.
  /// - Parameters:
  ///   - name: what weight files and runs call it.
  ///   - classes: how many logits the body gives.
  ///   - preprocessing: what is done to a picture first.
  ///   - inputChannels: of the pictures.
  ///   - inputSize: height and width of the square picture that the network is made for.
  ///   - minimumSize: the least height and width that it can take.
  ///   - seed: of the initial weights.
  ///   - initializes: false leaves weights zero, for a network whose weights are about to be loaded.
  ///   - body: makes the module: a function of `[N, H, W, inputChannels]` whose value is `[N, classes]`, with parameters
  ///     registered in the scope under the keys that weight files will have.
  /// - Throws: ``NetworkError/invalidOption(network:reason:)``.
  public convenience init(
    name: String, classes: Int, preprocessing: Preprocessing, inputChannels: Int = 3, inputSize: Int = 224,
    minimumSize: Int = 1, seed: UInt64 = 0, initializes: Bool = true,
    body: @escaping @Sendable (Scope) -> any Module
  ) throws {
    let card = NetworkCard(
      name, classes: classes, inputSize: inputSize, minimumSize: minimumSize, preprocessing: preprocessing
    ) { scope, _ in body(scope) }
    try self.init(card, inputChannels: inputChannels, seed: seed, initializes: initializes)
  }

  /// Builds a card's network.
  /// - Parameters:
  ///   - card: the network.
  ///   - classes: nil is the card's number.
  ///   - inputChannels: of the pictures; published weights have 3.
  ///   - auxiliary: whether to build auxiliary heads where the network has them.
  ///   - dropout: nil is the architecture's own probability.
  ///   - seed: of the initial weights.
  ///   - initializes: false leaves weights zero, for a network whose weights are about to be loaded.
  /// - Throws: ``NetworkError/invalidOption(network:reason:)``.
  public init(
    _ card: NetworkCard, classes: Int? = nil, inputChannels: Int = 3, auxiliary: Bool = false,
    dropout: Float? = nil, seed: UInt64 = 0, initializes: Bool = true
  ) throws {
    let options = NetworkOptions(
      classes: classes ?? card.classes, inputChannels: inputChannels, auxiliary: auxiliary, dropout: dropout)
    if let reason = options.fault {
      throw NetworkError.invalidOption(network: card.name, reason: reason)
    }
    self.card = card
    self.options = options
    store = ParameterStore(seed: seed, initializes: initializes)
    body = card.build(store.scope, options)
  }

  /// Builds the network of that name.
  /// - Parameters:
  ///   - name: in the registry.
  ///   - classes: nil is the card's number.
  ///   - inputChannels: of the pictures; published weights have 3.
  ///   - auxiliary: whether to build auxiliary heads where the network has them.
  ///   - dropout: nil is the architecture's own probability.
  ///   - seed: of the initial weights.
  ///   - initializes: false leaves weights zero, for a network whose weights are about to be loaded.
  ///   - registry: where the name is looked for.
  /// - Throws: ``NetworkError``.
  public convenience init(
    _ name: String, classes: Int? = nil, inputChannels: Int = 3, auxiliary: Bool = false,
    dropout: Float? = nil, seed: UInt64 = 0, initializes: Bool = true, in registry: Registry = .standard
  ) throws {
    try self.init(
      registry.card(named: name), classes: classes, inputChannels: inputChannels, auxiliary: auxiliary,
      dropout: dropout, seed: seed, initializes: initializes)
  }

  /// Keys that a weight file may have and this network leaves unused: of auxiliary heads that were not built.
  public var ignorableKeys: [String] { options.auxiliary ? [] : card.auxiliaryKeys }

  /// Refuses what the network cannot take, before anything runs.
  /// - Parameter input: the shape of a batch, `[N, H, W, C]`.
  /// - Throws: ``NetworkError``.
  public func check(_ input: Shape) throws {
    guard input.rank == 4, input[0] > 0, input[3] == options.inputChannels else {
      throw NetworkError.wrongInput(network: name, shape: input, channels: options.inputChannels)
    }
    guard min(input[1], input[2]) >= card.minimumSize else {
      throw NetworkError.inputTooSmall(
        network: name, height: input[1], width: input[2], minimum: card.minimumSize)
    }
  }

  /// The forward pass.
  /// - Parameters:
  ///   - x: `[N, H, W, C]`; a shape that ``check(_:)`` refuses traps.
  ///   - pass: what is asked of the layers.
  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> NetworkOutput {
    do {
      try check(x.shape)
    } catch {
      preconditionFailure("Network: \(error)")
    }
    var x: Tensor? = x
    return pass.inTurn {
      if let body = body as? any MultiHeaded { return body.outputs(x.take()!, pass) }
      return NetworkOutput(logits: body(x.take()!, pass))
    }
  }

  /// The logits in inference, `[N, classes]`. Calls from several threads or tasks share the processors: as many compute
  /// at once as there are processors, further ones wait for their turn.
  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - observer: told of each layer's work.
  ///   - algorithm: of convolutions, in place of each one's own plan.
  ///   - threads: how many may compute it, at most; nil is `Parallel.threads`.
  /// - Throws: ``NetworkError`` where ``check(_:)`` refuses the shape.
  public func logits(
    _ x: consuming Tensor, observer: (any PassObserver)? = nil, algorithm: ConvolutionAlgorithm = .auto,
    threads: Int? = nil
  ) throws -> Tensor {
    try check(x.shape)
    let pass = Pass.inference(observer: observer, algorithm: algorithm, threads: threads)
    var x: Tensor? = x
    return pass.inTurn { body(x.take()!, pass) }
  }

  // MARK: Inside the network

  /// All modules with their paths, as in the parameters' keys; see `Module.modules()`.
  public func modules() -> [(path: String, module: any Module)] { body.modules() }

  /// The module of that path.
  /// - Throws: `ModuleError.noModule(path:known:)`.
  public func module(at path: String) throws -> any Module { try body.module(at: path) }

  /// The outputs of modules, of one pass; see `Module.features(at:of:_:)`.
  ///
  ///     let maps = try network.features(at: ["layer2", "layer4"], of: pictures)
  /// - Parameters:
  ///   - paths: of ``modules()``, such as `layer4`.
  ///   - x: `[N, H, W, C]`.
  ///   - pass: what is asked of the layers; features of a pass that records gradients are in its graph.
  /// - Returns: the outputs in the order of `paths`.
  /// - Throws: ``NetworkError`` where ``check(_:)`` refuses the shape, `ModuleError`.
  public func features(at paths: [String], of x: consuming Tensor, _ pass: Pass = .inference()) throws
    -> [Tensor]
  {
    try check(x.shape)
    let x = x
    return try pass.inTurn { try body.features(at: paths, of: x, pass) }
  }

  /// The logits of `[N, H, W, C]`, and the output of the module at a path as the leaf at which their graph begins, of a pass that
  /// records gradients; see `Module.output(watching:of:_:)`.
  /// - Throws: ``NetworkError`` where ``check(_:)`` refuses the shape, `ModuleError`.
  public func logits(
    watching path: String, of x: consuming Tensor, _ pass: Pass = .evaluatingGradients(of: .input)
  ) throws -> (logits: Tensor, feature: Tensor) {
    try check(x.shape)
    let x = x
    return try pass.inTurn {
      let (logits, feature) = try body.output(watching: path, of: x, pass)
      return (logits, feature)
    }
  }

  /// A vector for each picture: what the classifier takes; see `Module.embeddings(of:_:)`.
  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - pass: what is asked of the layers.
  /// - Returns: `[N, features]`.
  /// - Throws: ``NetworkError`` where ``check(_:)`` refuses the shape, `ModuleError`.
  public func embeddings(of x: consuming Tensor, _ pass: Pass = .inference()) throws -> Tensor {
    try check(x.shape)
    let x = x
    return try pass.inTurn { try body.embeddings(of: x, pass) }
  }
}

extension NetworkOptions {
  /// Why no network can be built so; nil where one can.
  fileprivate var fault: String? {
    for (count, noun, most) in [(classes, "class", 1_000_000), (inputChannels, "input channel", 65536)]
    where !(1...most ~= count) {
      return "\(counted(count, noun)); from 1 to \(grouped(most)) are possible"
    }
    if let dropout, !(0..<1 ~= dropout) { return "dropout \(dropout) is not a probability below 1" }
    return nil
  }
}
