/// The tiles of a Winograd convolution, cut into blocks that are worked on at a time, so that a block's transformed
/// tiles stay in the cache and the workspace does not grow with the picture: by shape alone.
struct WinogradBlocks: Sequence, IteratorProtocol {
  private let tiles, block: Int
  private var first = 0
  /// Floats between two points' matrices of a block. An odd number of cache lines: powers of two would fall on the
  /// same cache sets.
  let strides: (Int, Int)

  /// Floats of a block: about what two cores' L2 and a share of the last level hold.
  private static let budget = 1 << 20
  /// Below this, a product with a point's weights is bound by reading them.
  private static let leastTiles = 64

  /// Blocks with two matrices `[tiles, columns]` a point.
  init(tiles: Int, of tile: WinogradTile, columns: (Int, Int)) {
    let most = Swift.max(Self.leastTiles, Self.budget / (tile.points * (columns.0 + columns.1)))
    self.tiles = tiles
    block = tiles.evenPiece(atMost: most)
    strides = (block * columns.0 + 16, block * columns.1 + 16)
  }

  mutating func next() -> Range<Int>? {
    guard first < tiles else { return nil }
    defer { first += block }
    return first..<Swift.min(tiles, first + block)
  }
}
