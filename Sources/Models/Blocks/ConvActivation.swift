import Engine

/// A convolution followed by an activation; in inference one pass over the output.
public final class ConvActivation: Module, SliceWriting {
  public let convolution: Conv2d
  public let activation: Activation

  public init(_ convolution: Conv2d, _ activation: Activation = .relu) {
    self.convolution = convolution
    self.activation = activation
  }

  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    convolution.activated(x, pass, activation)
  }

  package func write(_ x: Tensor, _ pass: Pass, into slice: ChannelSlice) {
    convolution.activated(x, pass, activation, into: slice)
  }
}
