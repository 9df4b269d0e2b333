/// Some channels of an activation `[N, H, W, C]`, for a convolution to write its output into: the outputs of branches
/// side by side lie joined then, and nothing is copied.
package struct ChannelSlice {
  /// The whole activation.
  package let tensor: Tensor
  package let channels: Range<Int>

  /// - Precondition: `channels` are in the tensor, which nobody else reads or writes while they are filled.
  package init(_ tensor: Tensor, channels: Range<Int>) {
    precondition(
      tensor.shape.rank == 4 && channels.lowerBound >= 0 && channels.upperBound <= tensor.shape.last,
      "ChannelSlice: channels \(channels) of \(tensor.shape)")
    (self.tensor, self.channels) = (tensor, channels)
  }

  /// All channels of a new activation.
  init(of shape: Shape) { self.init(Tensor(uninitialized: shape), channels: 0..<shape.last) }

  /// `[N, H, W, channels]`
  package var shape: Shape { Shape(tensor.shape.dimensions.dropLast() + [channels.count]) }

  /// The channels as a tensor of their own.
  package var contents: Tensor {
    channels.count == tensor.shape.last ? tensor.detached : tensor.detached.slice(axis: 3, channels)
  }
}
