// Which kernel computes a task: the one place that weighs them.

extension ConvolutionTask {
  /// The kernel that computes it fastest: a pure function of the task, never of the number of threads, so that bits do
  /// not depend on it.
  package var plan: ConvolutionPlan {
    if geometry.isDepthwise { return ConvolutionPlan(self, .depthwise) }
    if let tile = fastestTile { return ConvolutionPlan(self, .winograd(tile)) }
    return columns
  }

  /// Every kernel that can compute it, ``plan`` among them.
  package var candidates: [ConvolutionPlan] {
    if geometry.isDepthwise { return [ConvolutionPlan(self, .depthwise)] }
    var plans = [columns]
    if direction == .output, !geometry.isPointwise { plans.append(otherColumns) }
    return plans + tiles.map { ConvolutionPlan(self, .winograd($0)) }
  }

  /// By columns and matrix products.
  private var columns: ConvolutionPlan {
    let g = geometry
    guard direction == .output else { return ConvolutionPlan(self, g.isPointwise ? .pointwise : .im2col) }
    let tiles = ProductTiles(
      rows: g.pixels, inner: g.kernelHeight * g.kernelWidth * g.inPerGroup, columns: g.outPerGroup,
      isPointwise: g.isPointwise)
    return ConvolutionPlan(
      self, g.isPointwise ? .pointwise : tiles.block != nil ? .sharedIm2col : .im2col, tiles)
  }

  /// The columns that ``columns`` did not choose: each task its own, or shared.
  private var otherColumns: ConvolutionPlan {
    let g = geometry
    let isShared = columns.algorithm == .sharedIm2col
    return ConvolutionPlan(
      self, isShared ? .im2col : .sharedIm2col,
      ProductTiles(
        rows: min(g.pixels, 64), columns: isShared ? g.outPerGroup : min(g.outPerGroup, Panels.unit),
        block: isShared ? nil : min(g.pixels, 64)))
  }

  /// The tiles that can compute it. Training forgoes those of six and seven, whose larger errors turn more ReLUs and other
  /// maxima: of VGG-16's gradients, some moved by 0.5 % under F(6×6, 3×3).
  private var tiles: [WinogradTile] {
    WinogradTile.allCases.filter {
      $0.takes(geometry)
        && (purpose == .inference && direction != .weightGradient || $0.trainable != nil)
    }
  }

  /// What a product with one C×O matrix of weights costs beside its rows, in rows: reading the weights from memory,
  /// where a network finds them, and packing them.
  private static let weightOverhead = 24

  /// Pixels below which sixteen channels are too few to pay for the transforms.
  private static let leastPixelsOfNarrow = 4096

  /// Transformed weights, in floats, up to which the tiles of six and seven are worth their memory.
  private static let mostWeightsOfLarge = 12 << 20

  /// The tile that computes it fastest; nil where the transforms cost more than they save, or where a caller wants none.
  ///
  /// Weighs fewer products against larger transforms and against more weights to read: a matrix a point instead of one
  /// a tap.
  private var fastestTile: WinogradTile? {
    if algorithm == .im2col { return nil }
    let isDemanded = algorithm == .winograd
    let g = geometry
    let (height, width) = direction == .inputGradient ? (g.height, g.width) : (g.outHeight, g.outWidth)
    let (ins, outs) = (g.inChannels, g.outChannels)
    let isNarrow = min(ins, outs) < 32
    guard isDemanded || !isNarrow || g.batch * height * width >= Self.leastPixelsOfNarrow else { return nil }
    func count(_ tile: WinogradTile) -> Int {
      g.batch * height.dividedUp(by: tile.output) * width.dividedUp(by: tile.output)
    }
    func products(_ tile: WinogradTile) -> Int { tile.points * (count(tile) + Self.weightOverhead) }
    func cost(_ tile: WinogradTile) -> Int {
      products(tile) * ins * outs + count(tile) * tile.points * tile.transformCost * (ins + outs)
    }
    let tiles = tiles.filter { $0.output <= 4 || $0.points * ins * outs <= Self.mostWeightsOfLarge }
    guard let best = tiles.min(by: { cost($0) < cost($1) }) else { return nil }
    let direct = g.kernelHeight * g.kernelWidth * (g.batch * height * width + Self.weightOverhead)
    guard isDemanded || products(best) <= direct else { return nil }
    return best
  }
}

extension WinogradTile {
  /// Whether the transforms apply: a filter of this size, stride 1, ungrouped, channels in whole vectors.
  fileprivate func takes(_ g: ConvolutionGeometry) -> Bool {
    g.kernelHeight == kernel && g.kernelWidth == kernel && g.stride == 1 && g.dilation == 1 && g.groups == 1
      && max(g.padding.top, g.padding.left, g.padding.bottom, g.padding.right) < kernel
      && g.inChannels % 16 == 0 && g.outChannels % 16 == 0
  }

  /// What transforming a channel costs at each point, in products (measured on layers of 64 channels).
  fileprivate var transformCost: Int {
    switch self {
    case .two: 20
    case .four, .twoOfFive: 30
    case .six: 36
    case .seven: 56
    }
  }
}
