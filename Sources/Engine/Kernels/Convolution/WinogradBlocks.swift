import Glibc
/// The tiles of a Winograd convolution, cut into blocks that are worked on at a time, so that a block's transformed
/// tiles stay in the cache and the workspace does not grow with the picture: by shape alone.
struct WinogradBlocks {
  private let tiles, block: Int
  /// Whether one thread carries a block through transform, products and transform, which hands nothing from one thread
  /// to another; otherwise all threads work on a block.
  let areCarried: Bool
  /// Floats between two points' matrices of a block. An odd number of cache lines: powers of two would fall on the
  /// same cache sets.
  let strides: (Int, Int)

  static func knob(_ n: String, _ d: Int) -> Int { getenv(n).flatMap { Int(String(cString: $0)) } ?? d }
  /// Floats of a block: about what two cores' L2 and a share of the last level hold.
  private static let budget = knob("WB", 1 << 20)
  private static let carriedBudget = knob("WC", 1 << 19)
  private static let carriedTiles = knob("WT", 128)
  /// Below this, a product with a point's weights is bound by reading them.
  private static let leastTiles = knob("WL", 64)

  /// Blocks with two matrices `[tiles, columns]` a point.
  /// - Parameter mayBeCarried: whether blocks do not depend on each other.
  init(tiles: Int, of tile: WinogradTile, columns: (Int, Int), mayBeCarried: Bool) {
    self.tiles = tiles
    let floats = tile.points * (columns.0 + columns.1)
    areCarried = mayBeCarried && tiles >= Self.carriedTiles
    block =
      areCarried
      ? tiles.balancedPiece(atMost: max(Self.leastTiles, Self.carriedBudget / floats))
      : tiles.evenPiece(atMost: max(Self.leastTiles, Self.budget / floats))
    strides = (block * columns.0 + 16, block * columns.1 + 16)
  }

  var count: Int { tiles.dividedUp(by: block) }

  subscript(index: Int) -> Range<Int> { index * block..<min(tiles, (index + 1) * block) }
}
