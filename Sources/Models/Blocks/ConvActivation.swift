import Engine

/// A convolution followed by an activation; in inference one pass over the output.
public final class ConvActivation: Module, SliceWriting {
  public let path: String
  /// Its own layer, with keys of its own.
  public let convolution: Conv2d
  /// What follows the convolution.
  public let activation: Activation
  public var children: [any Module] { [convolution] }

  /// - Parameters:
  ///   - convolution: registered under its own scope.
  ///   - activation: what follows.
  ///   - scope: the name of the activation's output; nil leaves it without one.
  public init(_ convolution: Conv2d, _ activation: Activation = .relu, at scope: Scope? = nil) {
    path = scope?.path ?? ""
    self.convolution = convolution
    self.activation = activation
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    guard pass.wants(convolution) else { return convolution.activated(x, pass, activation) }
    return Engine.activation(convolution(x, pass), activation)
  }

  package func write(_ x: Tensor, _ pass: Pass, into slice: ChannelSlice) {
    convolution.activated(x, pass, activation, into: slice)
  }
}
