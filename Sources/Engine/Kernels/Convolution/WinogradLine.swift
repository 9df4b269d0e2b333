/// The transforms of a one-dimensional minimal filtering F(m, r): m outputs of a filter of r taps from m + r − 1 inputs.
/// Applied to the columns and then to the rows of a square (``WinogradSquare``), they are those of F(m×m, r×r).
///
/// `x(i)` reads the i-th element, `y(i, value)` takes the i-th of the result; their lanes are channels.
protocol WinogradLine {
  typealias Read = (Int) -> Quad
  typealias Write = (Int, Quad) -> Void

  /// Bᵀ, on m + r − 1 inputs.
  static func input(_ x: Read, _ y: Write)
  /// G, on r taps.
  static func filter(_ x: Read, _ y: Write)
  /// Aᵀ, on m + r − 1 products.
  static func output(_ x: Read, _ y: Write)
}

/// A filtering whose weight gradient is computed by its transforms' adjoints as well.
protocol TrainableWinogradLine: WinogradLine {
  /// A, the adjoint of ``output(_:_:)``, on m outputs.
  static func outputGradient(_ x: Read, _ y: Write)
  /// Gᵀ, the adjoint of ``filter(_:_:)``, on m + r − 1 sums.
  static func filterGradient(_ x: Read, _ y: Write)
}

/// One of a line's transforms, as a type, so that loops over it are specialized.
protocol WinogradStep {
  static func apply(_ x: WinogradLine.Read, _ y: WinogradLine.Write)
}

enum WinogradInput<Line: WinogradLine>: WinogradStep {
  @inline(__always)
  static func apply(_ x: Line.Read, _ y: Line.Write) { Line.input(x, y) }
}

enum WinogradFilter<Line: WinogradLine>: WinogradStep {
  @inline(__always)
  static func apply(_ x: Line.Read, _ y: Line.Write) { Line.filter(x, y) }
}

enum WinogradOutput<Line: WinogradLine>: WinogradStep {
  @inline(__always)
  static func apply(_ x: Line.Read, _ y: Line.Write) { Line.output(x, y) }
}

enum WinogradOutputGradient<Line: TrainableWinogradLine>: WinogradStep {
  @inline(__always)
  static func apply(_ x: Line.Read, _ y: Line.Write) { Line.outputGradient(x, y) }
}

enum WinogradFilterGradient<Line: TrainableWinogradLine>: WinogradStep {
  @inline(__always)
  static func apply(_ x: Line.Read, _ y: Line.Write) { Line.filterGradient(x, y) }
}

/// How a transform of lines becomes one of squares.
enum WinogradSquare {
  /// Quads of channels that are worked on together, so that each line of a square is read and written from end to end
  /// over a few cache lines: a panel's. A line of larger vectors would not fit in sixteen registers.
  private static let quads = Panels.unit / Quad.scalarCount
  /// Between the two passes: of F(7×7, 3×3).
  private static let scratch = 9 * 9 * quads

  static func withScratch(_ body: (UnsafeMutablePointer<Quad>) -> Void) {
    withUnsafeTemporaryAllocation(of: Quad.self, capacity: scratch) { body($0.baseAddress!) }
  }

  /// Transforms all channels of a square of `extent`² elements to one of `result`²: `load(i, j, c)` is the element at
  /// row i and column j, four channels from c on, and `store(i, j, c, value)` takes a result.
  @inline(__always)
  static func transform<Step: WinogradStep>(
    _ step: Step.Type, _ extent: Int, to result: Int, channels: Int,
    scratch t: UnsafeMutablePointer<Quad>, load: (Int, Int, Int) -> Quad,
    store: (Int, Int, Int, Quad) -> Void
  ) {
    for first in stride(from: 0, to: channels, by: Panels.unit) {
      let count = min(quads, (channels &- first) / Quad.scalarCount)
      for j in 0..<extent {
        for v in 0..<count {
          let c = first &+ Quad.scalarCount &* v
          step.apply({ load($0, j, c) }, { t[($0 &* extent &+ j) &* quads &+ v] = $1 })
        }
      }
      for i in 0..<result {
        for v in 0..<count {
          let c = first &+ Quad.scalarCount &* v
          step.apply({ t[(i &* extent &+ $0) &* quads &+ v] }, { store(i, $0, c, $1) })
        }
      }
    }
  }
}
