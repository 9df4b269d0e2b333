/// How a convolution's matrix product is cut into tasks: a pure function of its shape,
/// never of the number of threads, so that bits do not depend on it.
package struct ConvolutionPlan: Hashable, Sendable {
  package enum Algorithm: Hashable, Sendable {
    /// Direct, one filter a channel.
    case depthwise
    /// A product on the activations as they lie (1×1, stride 1).
    case pointwise
    /// im2col by tiles, each task its own.
    case im2col
    /// im2col of a block of rows that several tasks multiply with different output channels:
    /// for small pictures, where the weights are the big matrix.
    case sharedIm2col
  }

  package let algorithm: Algorithm
  /// Rows (output pixels) and columns (output channels of a group) of a task's tile.
  package let tileRows, tileColumns: Int

  /// Floats that a tile's columns and result may take: about three quarters of a 1 MiB L2.
  private static let tileBudget = 192 * 1024
  /// Below this, packing the weights again for each tile costs more than leaving the cache.
  private static let leastRows = 192
  /// Floats of columns that tasks may share.
  private static let sharedBudget = 1 << 20

  package init(rows: Int, inner: Int, columns: Int, isPointwise: Bool) {
    let fit = min(max(Self.tileBudget / (inner + columns), Self.leastRows), 1024)
    if rows >= 4 * fit || (isPointwise && columns < 128) || inner * columns < 1 << 14 {
      let most = min(fit, max(64, (rows + 7) / 8))
      let count = (rows + most - 1) / most
      algorithm = isPointwise ? .pointwise : .im2col
      tileRows = max(1, (rows + count - 1) / count)
      tileColumns = columns
    } else {
      algorithm = isPointwise ? .pointwise : .sharedIm2col
      let most = isPointwise ? 512 : min(512, max(64, Self.sharedBudget / inner))
      let count = (rows + most - 1) / most
      tileRows = max(1, (rows + count - 1) / count)
      tileColumns = columns >= 256 ? 128 : (columns + 1) / 2
    }
  }

  package init(_ g: ConvolutionGeometry) {
    if g.isDepthwise {
      self.init(algorithm: .depthwise, tileRows: 1, tileColumns: g.outChannels)
    } else {
      self.init(
        rows: g.pixels, inner: g.kernelHeight * g.kernelWidth * g.inPerGroup,
        columns: g.outPerGroup, isPointwise: g.isPointwise)
    }
  }

  private init(algorithm: Algorithm, tileRows: Int, tileColumns: Int) {
    (self.algorithm, self.tileRows, self.tileColumns) = (algorithm, tileRows, tileColumns)
  }
}
