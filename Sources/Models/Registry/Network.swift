import Engine

/// What a network makes of a batch.
public struct NetworkOutput: Sendable {
  /// `[N, classes]`, before softmax.
  public let logits: Tensor
  /// The logits of auxiliary heads, `[N, classes]` each, the one nearest to the input first; empty but in training
  /// of a network that was built with them.
  public let auxiliary: [Tensor]

  public init(logits: Tensor, auxiliary: [Tensor] = []) {
    self.logits = logits
    self.auxiliary = auxiliary
  }
}

/// A module with more outputs than one.
public protocol MultiHeaded: Module {
  /// - Parameter x: `[N, H, W, C]`.
  func outputs(_ x: consuming Tensor, _ pass: Pass) -> NetworkOutput
}

/// A classifier of pictures: its card, its parameters and the module that computes.
///
///     let network = try Network("resnet18", classes: 10, inputChannels: 1, seed: 7)
///     let output = network(batch, .training(generator: Generator(seed: step)))
public final class Network: Sendable {
  public let card: NetworkCard
  public let options: NetworkOptions
  /// The parameters under their keys.
  public let store: ParameterStore
  /// What computes: pictures to logits.
  public let body: any Module

  public var name: String { card.name }
  public var classes: Int { options.classes }

  /// Builds a network of the registry.
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
  ) throws(NetworkError) {
    let options = NetworkOptions(
      classes: classes ?? card.classes, inputChannels: inputChannels, auxiliary: auxiliary, dropout: dropout)
    if let reason = options.fault {
      throw .invalidOption(network: card.name, reason: reason)
    }
    self.card = card
    self.options = options
    store = ParameterStore(seed: seed, initializes: initializes)
    body = card.build(store.scope, options)
  }

  /// Builds the network of that name.
  /// - Throws: ``NetworkError``.
  public convenience init(
    _ name: String, classes: Int? = nil, inputChannels: Int = 3, auxiliary: Bool = false,
    dropout: Float? = nil, seed: UInt64 = 0, initializes: Bool = true
  ) throws(NetworkError) {
    try self.init(
      Registry.card(named: name), classes: classes, inputChannels: inputChannels, auxiliary: auxiliary,
      dropout: dropout, seed: seed, initializes: initializes)
  }

  /// Keys that a weight file may have and this network leaves unused: of auxiliary heads that were not built.
  public var ignorableKeys: [String] { options.auxiliary ? [] : card.auxiliaryKeys }

  /// Refuses what the network cannot take, before anything runs.
  /// - Parameter input: the shape of a batch, `[N, H, W, C]`.
  /// - Throws: ``NetworkError``.
  public func check(_ input: Shape) throws(NetworkError) {
    guard input.rank == 4, input[0] > 0, input[3] == options.inputChannels else {
      throw .wrongInput(network: name, shape: input, channels: options.inputChannels)
    }
    guard min(input[1], input[2]) >= card.minimumSize else {
      throw .inputTooSmall(network: name, height: input[1], width: input[2], minimum: card.minimumSize)
    }
  }

  /// The forward pass.
  /// - Parameter x: `[N, H, W, C]`; a shape that ``check(_:)`` refuses traps.
  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> NetworkOutput {
    do {
      try check(x.shape)
    } catch {
      preconditionFailure("Network: \(error)")
    }
    var x: Tensor? = x
    return Admission.withTurn {
      pass.onItsThreads {
        if let body = body as? any MultiHeaded { return body.outputs(x.take()!, pass) }
        return NetworkOutput(logits: body(x.take()!, pass))
      }
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
  ) throws(NetworkError) -> Tensor {
    try check(x.shape)
    let pass = Pass.inference(observer: observer, algorithm: algorithm, threads: threads)
    var x: Tensor? = x
    return Admission.withTurn { pass.onItsThreads { body(x.take()!, pass) } }
  }
}

extension NetworkOptions {
  /// Why no network can be built so; nil where one can.
  fileprivate var fault: String? {
    if classes < 1 { return "\(classes) classes; at least 1 is needed" }
    if inputChannels < 1 { return "\(inputChannels) input channels; at least 1 is needed" }
    if let dropout, !(0..<1 ~= dropout) { return "dropout \(dropout) is not a probability below 1" }
    return nil
  }
}
