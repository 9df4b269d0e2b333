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
    /// Winograd's minimal filtering (3×3, stride 1).
    case winograd(WinogradTile)
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

  /// The plan for the forward pass.
  package init(_ g: ConvolutionGeometry) {
    if g.isDepthwise {
      self.init(algorithm: .depthwise)
    } else if let tile = WinogradTile(for: g) {
      self.init(algorithm: .winograd(tile))
    } else {
      self.init(columnsOf: g)
    }
  }

  /// Whether ``Kernels/prepareWeights(_:plan:weight:)`` has something to do.
  package var wantsPreparedWeights: Bool {
    if case .winograd = algorithm { true } else { false }
  }

  /// Every plan that can compute `g`'s forward pass, the chosen one among them.
  package static func candidates(for g: ConvolutionGeometry) -> [ConvolutionPlan] {
    if g.isDepthwise { return [ConvolutionPlan(algorithm: .depthwise)] }
    var plans = [ConvolutionPlan(columnsOf: g)]
    if !g.isPointwise {
      let shared = plans[0].algorithm == .sharedIm2col
      plans.append(
        ConvolutionPlan(
          algorithm: shared ? .im2col : .sharedIm2col, tileRows: min(g.pixels, 64),
          tileColumns: shared ? g.outPerGroup : min(g.outPerGroup, 32)))
    }
    if WinogradTile.takes(g) {
      plans += [.two, .four].map { ConvolutionPlan(algorithm: .winograd($0)) }
    }
    return plans
  }

  private init(columnsOf g: ConvolutionGeometry) {
    self.init(
      rows: g.pixels, inner: g.kernelHeight * g.kernelWidth * g.inPerGroup, columns: g.outPerGroup,
      isPointwise: g.isPointwise)
  }

  private init(algorithm: Algorithm, tileRows: Int = 0, tileColumns: Int = 0) {
    (self.algorithm, self.tileRows, self.tileColumns) = (algorithm, tileRows, tileColumns)
  }
}

extension WinogradTile {
  /// Whether the transforms apply: 3×3, stride 1, ungrouped, channels in whole vectors.
  package static func takes(_ g: ConvolutionGeometry) -> Bool {
    g.kernelHeight == 3 && g.kernelWidth == 3 && g.stride == 1 && g.dilation == 1 && g.groups == 1
      && g.padding.y <= 2 && g.padding.x <= 2 && g.inChannels % 16 == 0 && g.outChannels % 16 == 0
  }

  /// The tile that computes `g`'s forward pass fastest; nil where the transforms cost more than they save.
  init?(for g: ConvolutionGeometry) {
    self.init(g, height: g.outHeight, width: g.outWidth)
  }

  /// The same for the input gradient.
  package init?(forInputGradientOf g: ConvolutionGeometry) {
    self.init(g, height: g.height, width: g.width)
  }

  /// The same for the weight gradient.
  package init?(forWeightGradientOf g: ConvolutionGeometry) {
    self.init(g, height: g.outHeight, width: g.outWidth)
  }

  /// What a product with one C×O matrix of weights costs beside its rows, in rows: reading the weights from memory,
  /// where a network finds them, and packing them.
  private static let weightOverhead = 24

  /// Pixels below which sixteen channels are too few to pay for the transforms.
  private static let leastPixelsOfNarrow = 4096

  /// Weighs fewer products against more weights to read: (m + 2)² matrices instead of 9.
  private init?(_ g: ConvolutionGeometry, height: Int, width: Int) {
    guard Self.takes(g) else { return nil }
    let isNarrow = min(g.inChannels, g.outChannels) < 32
    guard !isNarrow || g.batch * height * width >= Self.leastPixelsOfNarrow else { return nil }
    func cost(_ tile: WinogradTile) -> Int {
      let across = (width + tile.output - 1) / tile.output
      let tiles = g.batch * ((height + tile.output - 1) / tile.output) * across
      return tile.points * (tiles + Self.weightOverhead)
    }
    let best = cost(.four) <= cost(.two) ? WinogradTile.four : .two
    let direct = 9 * (g.batch * height * width + Self.weightOverhead)
    guard cost(best) * 10 <= direct * 9 else { return nil }
    self = best
  }
}
