/// One forward pass: what is asked of the layers. There is no global training flag.
///
/// A pass is of one caller; passes of one network may run at the same time.
public final class Pass {
  /// With respect to what gradients are recorded.
  public enum GradientTarget: Sendable {
    /// Parameters that are trained, and tensors made by ``Tensor/requiringGradient()``.
    case all
    /// Tensors made by ``Tensor/requiringGradient()`` alone, such as the pictures: no parameter's gradient is computed.
    case input
  }

  /// Dropout drops, batch norm uses and updates statistics with the batch's.
  public let isTraining: Bool
  /// Whether a graph is built for ``Tensor/backward()``.
  public let recordsGradients: Bool
  /// Whether parameters are a part of the graph.
  let recordsParameters: Bool
  /// The source of randomness of layers without a name.
  package var generator: RandomStream
  /// What streams by name are split from.
  private let root: RandomStream
  /// How often each name's stream was asked for.
  private var streams: [String: Int] = [:]
  /// How convolutions are computed.
  package let algorithm: ConvolutionAlgorithm
  /// Told of each layer's work, for summaries and profiles.
  package let observer: (any PassObserver)?
  /// How many threads may compute the pass; nil is as many as elsewhere.
  private let threads: Int?
  /// What is kept of the modules' inputs and outputs.
  package var capture: FeatureCapture?
  private let collectsStatistics: Bool
  private var statistics: [@Sendable () -> Void] = []
  /// Whether stacks of layers keep their rows' inputs alone, see ``Recomputation``; not within a row.
  private(set) var recomputes: Bool

  private init(
    isTraining: Bool = false, gradients: GradientTarget? = nil,
    generator: RandomStream = RandomStream(seed: 0),
    observer: (any PassObserver)?, algorithm: ConvolutionAlgorithm = .auto, threads: Int? = nil,
    collectsStatistics: Bool = false, recomputes: Bool = false
  ) {
    self.recomputes = recomputes
    self.threads = threads
    self.isTraining = isTraining
    self.recordsGradients = gradients != nil
    self.recordsParameters = gradients == .all
    self.generator = generator
    self.root = generator
    self.algorithm = algorithm
    self.observer = observer
    self.collectsStatistics = collectsStatistics
  }

  /// Builds no graph, drops nothing, normalizes with running statistics.
  /// - Parameters:
  ///   - observer: told of each layer's work.
  ///   - algorithm: of convolutions, in place of each one's own plan.
  ///   - threads: how many threads may compute it, at most, the caller's included: one is best where many passes run
  ///     at once. Nil is ``Parallel/threads``. ``Parallel/withThreads(_:_:)-(_,()->R)`` does the same for all passes in it.
  public static func inference(
    observer: (any PassObserver)? = nil, algorithm: ConvolutionAlgorithm = .auto, threads: Int? = nil
  ) -> Pass {
    Pass(observer: observer, algorithm: algorithm, threads: threads)
  }

  /// Runs `body`, a network or a stack of layers, on the pass's threads when it is its turn.
  package func inTurn<R>(_ body: () throws -> R) rethrows -> R {
    guard let threads else { return try Admission.withTurn(body) }
    return try Parallel.withThreads(threads) { try Admission.withTurn(body) }
  }

  /// Records gradients.
  /// - Parameters:
  ///   - generator: drives dropout and must differ from step to step.
  ///   - observer: told of each layer's work.
  ///   - collectsStatistics: whether running statistics wait for ``applyStatistics()``; otherwise layers move them in
  ///     the pass. Passes that run at the same time should collect: the order in which they are applied is then the
  ///     program's.
  ///   - recomputes: whether the graph keeps a part of the activations alone, and the backward sweep computes the others once
  ///     more (gradient checkpointing; Chen et al. 2016): a fraction of the memory for about a third more time, and the same
  ///     gradients.
  public static func training(
    generator: RandomStream, observer: (any PassObserver)? = nil, collectsStatistics: Bool = false,
    recomputes: Bool = false
  ) -> Pass {
    Pass(
      isTraining: true, gradients: .all, generator: generator, observer: observer,
      collectsStatistics: collectsStatistics, recomputes: recomputes)
  }

  /// Records gradients of the network as it is in inference: nothing dropped, running statistics used and kept.
  /// - Parameters:
  ///   - target: with respect to what; ``GradientTarget/input`` spares the weights' gradients.
  ///   - observer: told of each layer's work.
  public static func evaluatingGradients(
    of target: GradientTarget = .all, observer: (any PassObserver)? = nil
  ) -> Pass {
    Pass(gradients: target, observer: observer)
  }

  /// This pass with another observer.
  func observed(by observer: (any PassObserver)?) -> Pass {
    Pass(
      isTraining: isTraining, gradients: !recordsGradients ? nil : recordsParameters ? .all : .input,
      generator: generator, observer: observer, algorithm: algorithm, threads: threads,
      collectsStatistics: collectsStatistics)
  }

  // MARK: Computing a part once more

  /// Where the pass's random numbers stand.
  struct Randomness: Sendable {
    fileprivate let generator, root: RandomStream
    fileprivate let streams: [String: Int]
    fileprivate let algorithm: ConvolutionAlgorithm
  }

  var randomness: Randomness {
    Randomness(generator: generator, root: root, streams: streams, algorithm: algorithm)
  }

  /// A pass that trains as another did from there on; running statistics do not move.
  static func repeating(_ randomness: Randomness) -> Pass {
    let pass = Pass(
      isTraining: true, gradients: .all, generator: randomness.root, observer: nil,
      algorithm: randomness.algorithm, collectsStatistics: true)
    pass.generator = randomness.generator
    pass.streams = randomness.streams
    return pass
  }

  /// Runs a row of modules; of the graph that they build nothing is kept.
  func keepingInputsAlone(_ body: () -> Tensor) -> Tensor {
    recomputes = false
    defer { recomputes = true }
    return body().detached
  }

  // MARK: What layers of one's own need

  /// A stream of random numbers for the layer of this name. It depends on the pass's generator, on the name, and on how
  /// often the name's stream was asked for in this pass, and not on other layers: their order does not change bits.
  /// - Parameter path: the layer's, see ``Module/path``.
  public func randomStream(for path: String) -> RandomStream {
    let call = streams[path, default: 0]
    streams[path] = call + 1
    let stream = root.split(path)
    return call == 0 ? stream : stream.split(call)
  }

  /// Moves a running statistic: at once, or with ``applyStatistics()`` where the pass collects.
  /// - Parameter update: sets parameters of the role ``Parameter/Role/statistic``; called once.
  public func moveStatistics(_ update: @escaping @Sendable () -> Void) {
    if collectsStatistics { statistics.append(update) } else { update() }
  }

  /// Applies the running statistics that were collected, in the order in which layers saw them: after the optimizer's
  /// step, which does not read them.
  public func applyStatistics() {
    let updates = statistics
    statistics = []
    for update in updates { update() }
  }
}

/// One layer's work in a forward pass: on the whole batch, also where that was worked on in pieces.
public struct LayerRecord: Sendable {
  /// Where the layer is, such as `layer1.0.conv1`.
  public let name: String
  /// What it is, such as `Conv2d 3×3`.
  public let kind: String
  /// The output's shape, `[N, H, W, C]` or `[N, C]`.
  public internal(set) var output: Shape
  /// Elements of its weights and biases, frozen ones included; not of running statistics.
  public let parameters: Int
  /// Multiply-accumulates, of convolutions and linear layers.
  public internal(set) var macs: Int
  /// How a convolution was computed, such as `im2col` or `Winograd F(4×4, 3×3)`; nil for other layers.
  public let algorithm: String?
  /// When the layer began; where a batch was worked on in pieces, as if each layer had taken its time at once.
  public internal(set) var start: ContinuousClock.Instant
  /// Seconds the layer took.
  public internal(set) var seconds: Double
}

/// Receives a record of each layer that a pass has computed.
public protocol PassObserver: AnyObject {
  /// Called once a layer, when it has computed, in the order in which layers compute; the pass waits meanwhile.
  func didRun(_ record: LayerRecord)
}

/// Is given each layer's output as well, after ``PassObserver/didRun(_:)``.
package protocol OutputObserver: PassObserver {
  /// - Parameter layer: where the layer is, such as `layer1.0.conv1`; empty for layers without parameters.
  func didCompute(_ output: Tensor, layer: String)
}
