/// A matrix of weights `[inner, columns]` as products want it: in panels of ``width`` columns that lie one after the
/// other, each `[inner, width]`, the last one narrower where the columns are no multiple.
///
/// OpenBLAS packs both operands of a product before it multiplies, which costs a convolution with few pixels as much
/// as the product. Where it has kernels for small matrices, which read the operands as they lie, a product is cut
/// into pieces small enough for them, and a panel is what such a piece reads from end to end.
package struct Panels: Sendable {
  package let inner, columns: Int

  package init(inner: Int, columns: Int) {
    (self.inner, self.columns) = (inner, columns)
  }

  /// Columns of a panel: four AVX-512 registers; everything in one panel where the BLAS packs anyway.
  package static let width = GEMM.multipliesSmallMatricesAsTheyLie ? 64 : Int.max

  /// Products of a piece: OpenBLAS takes its small kernels up to 10⁶.
  private static let pieceProducts = 960_000
  /// A piece's share of the inner dimension, so that a panel's slice stays in the L2 cache while rows pass.
  private static let pieceInner = 512
  private static let pieceRows = 128

  /// Whether the panels are the matrix itself.
  package var isPlain: Bool { columns <= Self.width }

  /// Copies the columns from `first` on of a matrix whose rows are `stride` apart.
  func pack(_ source: Source, stride: Int, into target: Destination) {
    let width = min(Self.width, columns)
    Parallel.forEach((columns + width - 1) / width) { index in
      let first = index * width
      let count = min(width, columns - first)
      var panel = target + first * inner
      for row in 0..<inner {
        panel.update(from: source + row &* stride + first, count: count)
        panel += count
      }
    }
  }

  /// c ← a · the columns `range`, on the calling thread. `a` is `[rows, inner]`, its rows `lda` apart.
  /// - Precondition: `range` begins with a panel.
  func multiply(
    rows: Int, _ a: Source, lda: Int, _ panels: Source, columns range: Range<Int>, into c: Destination,
    ldc: Int
  ) {
    guard Self.width < Int.max else {
      GEMM.multiply(
        m: rows, n: range.count, k: inner, a, lda: lda, panels + range.lowerBound, ldb: columns, c, ldc: ldc)
      return
    }
    let depth = Self.even(inner, atMost: Self.pieceInner)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.width) {
      let stored = min(Self.width, columns - first)
      let count = min(stored, range.upperBound - first)
      let height = Self.even(
        rows, atMost: min(Self.pieceRows, max(1, Self.pieceProducts / (count * max(depth, 1)))))
      for k in stride(from: 0, to: max(inner, 1), by: max(depth, 1)) {
        for row in stride(from: 0, to: rows, by: height) {
          GEMM.multiply(
            m: min(height, rows - row), n: count, k: min(depth, inner - k), a + (row * lda + k), lda: lda,
            panels + (first * inner + k * stored), ldb: stored, beta: k == 0 ? 0 : 1,
            c + (row * ldc + first - range.lowerBound), ldc: ldc)
        }
      }
    }
  }

  /// The size of pieces, all but the last equal, that cut `count` into as few as `most` allows.
  private static func even(_ count: Int, atMost most: Int) -> Int {
    let pieces = max(1, (count + most - 1) / most)
    return max(1, (count + pieces - 1) / pieces)
  }
}
