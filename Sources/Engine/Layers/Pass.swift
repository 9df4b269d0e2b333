/// One forward pass: what is asked of the layers. There is no global training flag.
public final class Pass {
  /// Dropout drops, batch norm uses and updates statistics with the batch's.
  public let isTraining: Bool
  /// Whether a graph is built for ``Tensor/backward()``.
  public let recordsGradients: Bool
  /// The source of dropout's randomness.
  package var generator: Generator
  /// How convolutions are computed.
  package let algorithm: ConvolutionAlgorithm
  /// Told of each layer's work, for summaries and profiles.
  package let observer: (any PassObserver)?
  /// How many threads may compute the pass; nil is as many as elsewhere.
  private let threads: Int?

  private init(
    isTraining: Bool, recordsGradients: Bool, generator: Generator, observer: (any PassObserver)?,
    algorithm: ConvolutionAlgorithm = .auto, threads: Int? = nil
  ) {
    self.threads = threads
    self.isTraining = isTraining
    self.recordsGradients = recordsGradients
    self.generator = generator
    self.algorithm = algorithm
    self.observer = observer
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
    Pass(
      isTraining: false, recordsGradients: false, generator: Generator(seed: 0), observer: observer,
      algorithm: algorithm, threads: threads)
  }

  /// Runs `body`, a network or a stack of layers, on the pass's threads.
  @inline(__always)
  package func onItsThreads<R>(_ body: () -> R) -> R {
    guard let threads else { return body() }
    return Parallel.withThreads(threads, body)
  }

  /// Records gradients; `generator` drives dropout and must differ from step to step.
  public static func training(
    generator: Generator, observer: (any PassObserver)? = nil
  ) -> Pass {
    Pass(isTraining: true, recordsGradients: true, generator: generator, observer: observer)
  }

  /// Records gradients of the network as it is in inference: nothing dropped, running statistics used and kept.
  public static func evaluatingGradients() -> Pass {
    Pass(isTraining: false, recordsGradients: true, generator: Generator(seed: 0), observer: nil)
  }

  /// This pass with another observer.
  func observed(by observer: (any PassObserver)?) -> Pass {
    Pass(
      isTraining: isTraining, recordsGradients: recordsGradients, generator: generator, observer: observer,
      algorithm: algorithm, threads: threads)
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
  /// Trained elements.
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
  func didRun(_ record: LayerRecord)
}

/// Is given each layer's output as well, after ``PassObserver/didRun(_:)``.
package protocol OutputObserver: PassObserver {
  /// - Parameter layer: where the layer is, such as `layer1.0.conv1`; empty for layers without parameters.
  func didCompute(_ output: Tensor, layer: String)
}
