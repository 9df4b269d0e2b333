/// The tiles of a Winograd convolution, cut into blocks that are computed one after another, so that a block's
/// transformed tiles stay in the cache and the workspace does not grow with the picture. The shape alone decides the cut.
struct WinogradBlocks {
  private let tiles, block: Int
  /// Whether one thread does all of a block (input transform, products, output transform), so that no data move from one
  /// processor's cache to another's; otherwise all threads work on the same block.
  let areCarried: Bool
  /// Floats between two points' matrices of a block. An odd number of cache lines: powers of two would fall on the
  /// same cache sets.
  let strides: (Int, Int)

  /// Floats of a block that all threads work on: about what two cores' L2 and a share of the last level hold.
  private static let budget = 1 << 20
  /// Floats of a block that one thread carries.
  private static let carriedBudget = 1 << 19
  /// Blocks from which on there are enough for each thread to carry some.
  private static let leastCarried = 24
  /// Below this, a product with a point's weights is bound by reading them.
  private static let leastTiles = 64

  /// Blocks with two matrices `[tiles, columns]` a point.
  /// - Parameter mayBeCarried: whether blocks do not depend on each other.
  init(tiles: Int, of tile: WinogradTile, columns: (Int, Int), mayBeCarried: Bool) {
    self.tiles = tiles
    let floats = tile.points * (columns.0 + columns.1)
    let carried = tiles.balancedPiece(atMost: max(Self.leastTiles, Self.carriedBudget / floats))
    areCarried = mayBeCarried && tiles.dividedUp(by: carried) >= Self.leastCarried
    block = areCarried ? carried : tiles.evenPiece(atMost: max(Self.leastTiles, Self.budget / floats))
    strides = (block * columns.0 + 16, block * columns.1 + 16)
  }

  var count: Int { tiles.dividedUp(by: block) }

  subscript(index: Int) -> Range<Int> { index * block..<min(tiles, (index + 1) * block) }
}
