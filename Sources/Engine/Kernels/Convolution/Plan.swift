/// The kernel of a convolution's task, and how it cuts its work: see ``ConvolutionTask/plan``.
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
    /// Winograd's minimal filtering (3×3 and 5×5, stride 1).
    case winograd(WinogradTile)
  }

  package let task: ConvolutionTask
  package let algorithm: Algorithm
  /// How an output's product is cut. Nil for depthwise and Winograd's; of a gradient, each phase or slice has its own.
  package let tiles: ProductTiles?

  init(_ task: ConvolutionTask, _ algorithm: Algorithm, _ tiles: ProductTiles? = nil) {
    (self.task, self.algorithm, self.tiles) = (task, algorithm, tiles)
  }

  package var geometry: ConvolutionGeometry { task.geometry }
}

/// How the product of a column matrix with weights is cut into tasks: by shape alone.
package struct ProductTiles: Hashable, Sendable {
  /// Rows (output pixels) and columns (output channels of a group, whole panels) of a task's tile.
  package let rows, columns: Int
  /// Whether tasks of the same rows share their columns.
  package let areShared: Bool

  /// Floats that a tile's columns and result may take: half of a 1 MiB L2, the weights beside them.
  private static let budget = 128 * 1024
  /// Weights that stay in the L2 while tiles of rows pass.
  private static let residentWeights = 64 * 1024
  /// Floats of columns that tasks may share.
  private static let sharedBudget = 1 << 20

  package init(rows: Int, inner: Int, columns: Int, isPointwise: Bool) {
    let fit = min(max(Self.budget / (inner + columns), 64), 512)
    if inner * columns <= Self.residentWeights || rows >= 8 * fit {
      areShared = false
      self.rows = rows.balancedPiece(atMost: min(fit, max(32, rows.dividedUp(by: 8))))
      self.columns = columns
    } else {
      areShared = true
      self.rows = rows.evenPiece(
        atMost: isPointwise ? 128 : min(512, max(64, Self.sharedBudget / inner)))
      self.columns = min(columns, columns > 1024 ? 2 * Panels.unit : Panels.unit)
    }
  }

  init(rows: Int, columns: Int, areShared: Bool) {
    (self.rows, self.columns, self.areShared) = (rows, columns, areShared)
  }
}
