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
    /// Winograd's minimal filtering (3×3 and 5×5, stride 1).
    case winograd(WinogradTile)
  }

  package let algorithm: Algorithm
  /// Rows (output pixels) and columns (output channels of a group, whole panels) of a task's tile.
  package let tileRows, tileColumns: Int

  /// Floats that a tile's columns and result may take: half of a 1 MiB L2, the weights beside them.
  private static let tileBudget = 128 * 1024
  /// Weights that stay in the L2 while tiles of rows pass.
  private static let residentWeights = 64 * 1024
  /// Floats of columns that tasks may share.
  private static let sharedBudget = 1 << 20

  package init(rows: Int, inner: Int, columns: Int, isPointwise: Bool) {
    let fit = min(max(Self.tileBudget / (inner + columns), 64), 512)
    if inner * columns <= Self.residentWeights || rows >= 8 * fit {
      algorithm = isPointwise ? .pointwise : .im2col
      tileRows = rows.balancedPiece(atMost: min(fit, max(32, rows.dividedUp(by: 8))))
      tileColumns = columns
    } else {
      algorithm = isPointwise ? .pointwise : .sharedIm2col
      tileRows = rows.evenPiece(atMost: isPointwise ? 128 : min(512, max(64, Self.sharedBudget / inner)))
      tileColumns = min(columns, columns > 1024 ? 2 * Panels.unit : Panels.unit)
    }
  }

  /// The plan for the forward pass.
  /// - Parameters:
  ///   - choice: what a caller wants; where that does not apply, the plan is the automatic one.
  ///   - recordsGradients: whether a backward pass follows.
  package init(
    _ g: ConvolutionGeometry, _ choice: ConvolutionAlgorithm = .auto, recordsGradients: Bool = false
  ) {
    if g.isDepthwise {
      self.init(algorithm: .depthwise)
    } else if let tile = WinogradTile(for: g, choice, recordsGradients: recordsGradients) {
      self.init(algorithm: .winograd(tile))
    } else {
      self.init(columnsOf: g)
    }
  }

  /// Weights in another form than `[kh, kw, in/groups, out]`.
  package enum WeightForm: Hashable, Sendable {
    /// ``Panels`` of each group in turn.
    case panels
    /// Transformed: ``Panels`` `[in, out]` of each point in turn.
    case winograd(WinogradTile)
  }

  /// The form that the algorithm reads; nil is the weights as they are.
  package func weightForm(for g: ConvolutionGeometry) -> WeightForm? {
    switch algorithm {
    case .depthwise: nil
    case .winograd(let tile): .winograd(tile)
    case .pointwise, .im2col, .sharedIm2col:
      g.groups == 1 && Panels(inner: 0, columns: g.outPerGroup).isPlain ? nil : .panels
    }
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
          tileColumns: shared ? g.outPerGroup : min(g.outPerGroup, Panels.unit)))
    }
    return plans + WinogradTile.candidates(for: g).map { ConvolutionPlan(algorithm: .winograd($0)) }
  }

  private init(columnsOf g: ConvolutionGeometry) {
    self.init(
      rows: g.pixels, inner: g.kernelHeight * g.kernelWidth * g.inPerGroup, columns: g.outPerGroup,
      isPointwise: g.isPointwise)
  }

  init(algorithm: Algorithm, tileRows: Int = 0, tileColumns: Int = 0) {
    (self.algorithm, self.tileRows, self.tileColumns) = (algorithm, tileRows, tileColumns)
  }
}

extension WinogradTile {
  /// The tile that computes `g`'s forward pass fastest; nil where the transforms cost more than they save, or where
  /// the choice is another.
  init?(for g: ConvolutionGeometry, _ choice: ConvolutionAlgorithm = .auto, recordsGradients: Bool = false) {
    if choice == .im2col { return nil }
    self.init(
      g, height: g.outHeight, width: g.outWidth, isDemanded: choice == .winograd, inTraining: recordsGradients
    )
  }

  /// The same for the input gradient.
  package init?(forInputGradientOf g: ConvolutionGeometry) {
    self.init(g, height: g.height, width: g.width, inTraining: true)
  }

  /// The same for the weight gradient.
  package init?(forWeightGradientOf g: ConvolutionGeometry) {
    self.init(g, height: g.outHeight, width: g.outWidth, inTraining: true)
  }

  /// What a product with one C×O matrix of weights costs beside its rows, in rows: reading the weights from memory,
  /// where a network finds them, and packing them.
  private static let weightOverhead = 24

  /// Pixels below which sixteen channels are too few to pay for the transforms.
  private static let leastPixelsOfNarrow = 4096

  /// Transformed weights, in floats, up to which the tiles of six and seven are worth their memory.
  private static let mostWeightsOfLarge = 12 << 20

  /// Weighs fewer products against larger transforms and against more weights to read: a matrix a point instead of one
  /// a tap.
  /// - Parameters:
  ///   - isDemanded: wherever the transforms apply, gain or not.
  ///   - inTraining: without the tiles of six and seven, whose larger errors turn more ReLUs and other maxima: of VGG-16's
  ///     gradients, some moved by 0.5 % under F(6×6, 3×3).
  private init?(
    _ g: ConvolutionGeometry, height: Int, width: Int, isDemanded: Bool = false, inTraining: Bool
  ) {
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
    let tiles = Self.candidates(for: g).filter {
      $0.output <= 4 || !inTraining && $0.points * ins * outs <= Self.mostWeightsOfLarge
    }
    guard let best = tiles.min(by: { cost($0) < cost($1) }) else { return nil }
    let direct = g.kernelHeight * g.kernelWidth * (g.batch * height * width + Self.weightOverhead)
    guard isDemanded || products(best) <= direct else { return nil }
    self = best
  }

  /// What transforming a channel costs at each point, in products (measured on layers of 64 channels).
  private var transformCost: Int {
    switch self {
    case .two: 20
    case .four, .twoOfFive: 30
    case .six: 36
    case .seven: 56
    }
  }
}
