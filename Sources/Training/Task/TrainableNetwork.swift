import Engine
import Models

/// What can be trained: parameters under their keys, and a function of a batch of pictures.
public protocol TrainableNetwork: AnyObject, Sendable {
  /// What the network makes of a batch: logits, maps, boxes.
  associatedtype Output: Sendable

  /// What the run's files call it.
  var name: String { get }
  /// The parameters under their keys: what optimizers change and weight files keep.
  var store: ParameterStore { get }
  /// Whether it was built with heads that are for training alone.
  var hasAuxiliaryHeads: Bool { get }

  /// Refuses what the network cannot take, before anything runs. The default refuses nothing: what its layers cannot take
  /// traps there.
  /// - Parameter input: the shape of a batch, `[N, H, W, C]`.
  func check(_ input: Shape) throws

  /// The forward pass.
  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - pass: what is asked of the layers.
  func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Output
}

extension TrainableNetwork {
  public var hasAuxiliaryHeads: Bool { false }
  public func check(_ input: Shape) throws {}
}

extension Network: TrainableNetwork {
  public var hasAuxiliaryHeads: Bool { options.auxiliary }
}
