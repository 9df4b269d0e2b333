import Engine

/// A convolution followed by ReLU; in inference one pass over the output.
public final class ConvReLU: Module, SliceWriting {
  public let convolution: Conv2d

  public init(_ convolution: Conv2d) { self.convolution = convolution }

  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    convolution.rectified(x, pass)
  }

  package func write(_ x: Tensor, _ pass: Pass, into slice: ChannelSlice) {
    convolution.rectified(x, pass, into: slice)
  }
}
