/// How a parameter lies in weight files, which follow PyTorch, against how it lies in memory.
public enum WeightLayout: Hashable, Sendable {
  /// The same in both.
  case same
  /// Convolution: `[out, in, kh, kw]` in the file, `[kh, kw, in, out]` in memory.
  case convolution
  /// The linear layer after a flatten of `[height, width, channels]`: its input runs over C·H·W in the file,
  /// over H·W·C in memory. Both are `[out, in]`.
  case flattened(channels: Int, height: Int, width: Int)

  /// The shape in a file of a parameter with the given shape in memory.
  public func fileShape(_ shape: Shape) -> Shape {
    switch self {
    case .convolution: [shape[3], shape[2], shape[0], shape[1]]
    case .same, .flattened: shape
    }
  }

  /// A tensor of ``fileShape(_:)`` in the file's order, from one in memory's.
  public func toFile(_ tensor: Tensor) -> Tensor {
    switch self {
    case .same: tensor
    case .convolution: tensor.permuted([3, 2, 0, 1])
    case .flattened(let c, let h, let w):
      tensor.detached.reshaped(to: [tensor.shape[0], h, w, c]).permuted([0, 3, 1, 2])
        .reshaped(to: tensor.shape)
    }
  }

  /// A tensor in memory's order, from one in the file's.
  public func fromFile(_ tensor: Tensor) -> Tensor { fromFile(tensor, isLasting: false) }

  /// - Parameter isLasting: whether it is kept while activations come and go.
  func fromFile(_ tensor: Tensor, isLasting: Bool) -> Tensor {
    switch self {
    case .same: tensor
    case .convolution: Kernels.permuted(tensor.detached, [2, 3, 1, 0], isLasting: isLasting)
    case .flattened(let c, let h, let w):
      tensor.detached.reshaped(to: [tensor.shape[0], c, h, w]).permuted([0, 2, 3, 1])
        .reshaped(to: tensor.shape)
    }
  }
}
