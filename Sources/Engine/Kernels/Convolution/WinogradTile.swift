/// The transforms of Winograd's minimal filtering F(m×m, r×r) (Lavin and Gray 2016): an output tile of m×m pixels of an
/// r×r convolution from an input tile of (m + r − 1)×(m + r − 1) by as many products a channel pair, instead of m²·r².
///
/// Each transform is a matrix applied to columns and then to rows; lanes are channels.
package enum WinogradTile: Hashable, Sendable, CaseIterable {
  /// F(2×2, 3×3): 2.25 times fewer products than the direct sum; errors about those of im2col.
  case two
  /// F(4×4, 3×3): 4 times fewer; errors about ten times those of im2col.
  case four
  /// F(6×6, 3×3): 5.06 times fewer; errors up to twice those of F(4×4, 3×3).
  case six
  /// F(7×7, 3×3): 5.44 times fewer; errors about six times those of F(4×4, 3×3).
  case seven
  /// F(2×2, 5×5): 2.78 times fewer; errors about those of F(4×4, 3×3), whose points it shares.
  case twoOfFive

  /// Height and width of the filter.
  var kernel: Int { self == .twoOfFive ? 5 : 3 }
  /// Height and width of an output tile.
  var output: Int {
    switch self {
    case .two, .twoOfFive: 2
    case .four: 4
    case .six: 6
    case .seven: 7
    }
  }
  /// Height and width of an input tile.
  var input: Int { output + kernel - 1 }
  /// Products a tile and channel pair.
  var points: Int { input * input }

  /// The tiles that training uses: only they have the transforms of the weight gradient.
  package enum Trainable: Hashable, Sendable {
    case two, four, twoOfFive

    var tile: WinogradTile {
      switch self {
      case .two: .two
      case .four: .four
      case .twoOfFive: .twoOfFive
      }
    }
  }

  /// This tile as one of training's; nil where it is for inference alone.
  package var trainable: Trainable? {
    switch self {
    case .two: .two
    case .four: .four
    case .twoOfFive: .twoOfFive
    case .six, .seven: nil
    }
  }
}

extension WinogradTile: CustomStringConvertible {
  package var description: String { "F(\(output)×\(output), \(kernel)×\(kernel))" }
}
