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

/// How the product of a column matrix with weights is cut into tasks: by shape alone, and into as many as keep some tens of
/// threads busy.
package struct ProductTiles: Hashable, Sendable {
  /// Rows (output pixels) and columns (output channels of a group, whole panels) of a task's tile.
  package let rows, columns: Int
  /// Rows that are gathered at a time for all tasks together; nil where each task gathers its own.
  package let block: Int?

  /// Floats that a tile's columns and result may take: half of a 1 MiB L2, the weights beside them.
  private static let budget = 128 * 1024
  /// Weights that stay in the L2 while tiles of rows pass.
  private static let residentWeights = 64 * 1024
  /// Floats of columns that tasks may share.
  private static let sharedBudget = 1 << 20
  /// Tasks of a product: 32 threads then lose an eighth of ResNet-50's time at batch 1 by waiting for the last.
  static let tasks = 96
  /// Below it, a task costs no more than handing it out.
  static let leastProducts = 1 << 17
  /// Rows below which a task reads more weights than it multiplies: those that stay in the L2, and others.
  private static let (leastRows, leastRowsOfWide) = (24, 32)
  /// Rows that ``VectorKernels`` multiply at a time.
  private static let rowUnit = 6

  package init(rows: Int, inner: Int, columns: Int, isPointwise: Bool) {
    // A batch without pictures is planned as one pixel, of which nothing is computed.
    let rows = max(rows, 1)
    let fit = min(max(Self.budget / (inner + columns), 64), 512)
    let isWide = inner * columns > Self.residentWeights && rows < 8 * fit
    block =
      isWide && !isPointwise ? rows.evenPiece(atMost: min(512, max(64, Self.sharedBudget / inner))) : nil
    let height = block ?? rows
    let most = block ?? (isWide ? 128 : fit)
    // The widest columns that give tasks enough: rows are read once for all of them. Who gathers rows gathers them once.
    let widths = isPointwise || block != nil ? Panels.widths(of: columns) : [columns]
    var tile = (rows: height, columns: columns)
    for width in widths {
      let across = columns.dividedUp(by: width)
      let least = max(
        isWide ? Self.leastRowsOfWide : Self.leastRows, Self.leastProducts / (max(inner, 1) * width))
      let down = max(
        height.dividedUp(by: most), min(Self.tasks.dividedUp(by: across), height / least), 1)
      let piece =
        down == 1
        ? height : min(height, height.dividedUp(by: down).dividedUp(by: Self.rowUnit) * Self.rowUnit)
      tile = (piece, width)
      if height.dividedUp(by: piece) * across >= Self.tasks { break }
    }
    (self.rows, self.columns) = tile
  }

  init(rows: Int, columns: Int, block: Int?) {
    (self.rows, self.columns, self.block) = (rows, columns, block)
  }
}
