/// The transforms of Winograd's minimal filtering F(m×m, 3×3) (Lavin and Gray 2016): an output tile of m×m pixels from
/// an input tile of (m + 2)×(m + 2) by (m + 2)² products a channel pair, instead of 9·m².
///
/// Each transform is a matrix applied to columns and then to rows; vectors run over channels.
package enum WinogradTile: Int, Hashable, Sendable {
  /// F(2×2, 3×3): 2.25 times fewer products than the direct sum; errors about those of im2col.
  case two = 2
  /// F(4×4, 3×3): 4 times fewer; errors about ten times those of im2col.
  case four = 4

  /// Height and width of an output tile.
  var output: Int { rawValue }
  /// Height and width of an input tile.
  var input: Int { rawValue + 2 }
  /// Products a tile and channel pair.
  var points: Int { input * input }
}
