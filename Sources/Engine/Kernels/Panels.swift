/// The layout of a matrix of weights `[inner, columns]` that products read fastest: panels of ``width`` columns, one after
/// another in memory, each `[inner, width]`; the last is narrower where the columns are not a multiple.
///
/// OpenBLAS packs both operands of a product before it multiplies, which costs a convolution with few pixels as much
/// as the product. Where small products need no packing (``GEMM/smallProducts``), a product is cut into pieces, each of
/// which reads one panel from end to end.
package struct Panels: Sendable {
  package let inner, columns: Int

  package init(inner: Int, columns: Int) {
    (self.inner, self.columns) = (inner, columns)
  }

  /// Of one group of a convolution's weights `[kh, kw, in/groups, out]`.
  init(weightShape shape: Shape, groups: Int) {
    self.init(inner: shape[0] * shape[1] * shape[2], columns: shape[3] / groups)
  }

  /// Columns that tasks and transforms take at a time: a multiple of every width.
  static let unit = 64
  /// Columns of a panel: everything in one where the BLAS packs anyway.
  package static let width =
    switch GEMM.smallProducts {
    case .library: unit
    case .panels: 16
    case .none: Int.max
    }

  /// Whether a row of a product has the same bits in whatever piece it lies. By OpenBLAS 0.3.21 not always: of some numbers of
  /// columns it sums the last ones in another order in the last rows, where these are not a whole four.
  static func rowsKeepBits(columns: Int) -> Bool {
    switch GEMM.smallProducts {
    case .library: ![1, 2, 3, 5, 6, 7].contains(columns % 16)
    case .panels: true
    case .none: columns.isMultiple(of: 4)
    }
  }

  /// The numbers of columns, whole panels, that a task may take of `columns`, from all of them down.
  static func widths(of columns: Int) -> [Int] {
    [columns] + [512, 256, 128, 64, 32, 16].filter { $0 < columns && $0 >= min(width, unit) }
  }

  /// Products of a piece: OpenBLAS takes its small kernels up to 10⁶.
  private static let pieceProducts = 960_000
  /// A piece's share of the inner dimension, so that a panel's slice stays in the L2 cache while rows pass.
  private static let pieceInner = 512
  private static let pieceRows = 128

  /// Floats of a product that stay in the cache.
  private static let warm = 16 << 10

  /// With ``GEMM/SmallProducts/panels``: a panel's slice stays in the L1 cache, and a piece's rows in the L2 while all
  /// panels pass. Rows in sixes.
  private static let sliceInner = 256
  private static let sliceProducts = 48 << 10

  /// Rows for ``multiply(rows:_:lda:_:columns:into:ldc:epilogue:)`` where they come from memory and are read once: few enough
  /// that each is read on where its last slice ended, while prefetching still follows it.
  static let streamedRows = GEMM.smallProducts == .panels ? 24 : Int.max

  /// Whether the panels are the matrix itself.
  package var isPlain: Bool { columns <= Self.width }

  /// Copies the matrices of `groups`, which lie side by side in `source`, `[inner, groups · columns]`, to the panels of
  /// each in turn.
  package func pack(groups: Int, _ source: Source, into target: Destination) {
    forEach(groups) { panel, matrix, count in
      for row in 0..<inner {
        (target + (panel &+ row &* count)).update(
          from: source + (matrix &+ row &* groups &* columns), count: count)
      }
    }
  }

  /// Copies the transpose of `source`, `[columns, inner]`, to its panels.
  func packTranspose(of source: Source, into target: Destination) {
    forEach(1) { panel, first, count in
      Parallel.forEachRange(inner, grain: max(1, 8192 / count)) { rows in
        for column in 0..<count {
          let line = source + (first &+ column) &* inner
          for row in rows { target[panel &+ row &* count &+ column] = line[row] }
        }
      }
    }
  }

  /// The inverse of ``pack(groups:_:into:)``.
  func unpack(groups: Int, _ source: Source, into target: Destination) {
    forEach(groups) { panel, matrix, count in
      for row in 0..<inner {
        (target + (matrix &+ row &* groups &* columns)).update(
          from: source + (panel &+ row &* count), count: count)
      }
    }
  }

  /// Calls `body` with each panel's offset, that of its first column in the matrix, and its columns.
  private func forEach(_ groups: Int, _ body: (_ panel: Int, _ matrix: Int, _ count: Int) -> Void) {
    let width = min(Self.width, columns)
    let panels = columns.dividedUp(by: width)
    Parallel.forEach(groups * panels) { task in
      let (group, first) = (task / panels, task % panels * width)
      let column = group * columns + first
      body(column * inner, column, min(width, columns - first))
    }
  }

  /// c ← epilogue(a · the columns `range`), on the calling thread. `a` is `[rows, inner]`, its rows `lda` apart.
  /// - Parameter epilogue: of the first row and column; see ``Epilogue/of(channel:offset:)``.
  /// - Precondition: `range` begins with a panel.
  package func multiply(
    rows: Int, _ a: Source, lda: Int, _ panels: Source, columns range: Range<Int>, into c: Destination,
    ldc: Int, epilogue: Epilogue = Epilogue()
  ) {
    switch GEMM.smallProducts {
    case .none:
      GEMM.multiply(
        m: rows, n: range.count, k: inner, a, lda: lda, panels + range.lowerBound, ldb: columns, c, ldc: ldc)
      epilogue.apply(to: c, offset: 0, rows: rows, columns: 0..<range.count, stride: ldc)
    case .library: multiplyPieces(rows, a, lda, panels, range, c, ldc, epilogue)
    case .panels: multiplySlices(rows, a, lda, panels, range, c, ldc, epilogue)
    }
  }

  private func multiplyPieces(
    _ rows: Int, _ a: Source, _ lda: Int, _ panels: Source, _ range: Range<Int>, _ c: Destination, _ ldc: Int,
    _ epilogue: Epilogue
  ) {
    let depth = inner.evenPiece(atMost: Self.pieceInner)
    // As many columns at a time as are still in the cache when the epilogue takes them.
    let warm = max(1, Self.warm / (rows * Self.width)) * Self.width
    for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.width) {
      let stored = min(Self.width, columns - first)
      let count = min(stored, range.upperBound - first)
      let height = rows.evenPiece(atMost: min(Self.pieceRows, max(1, Self.pieceProducts / (count * depth))))
      for k in stride(from: 0, to: max(inner, 1), by: depth) {
        for row in stride(from: 0, to: rows, by: height) {
          GEMM.multiply(
            m: min(height, rows - row), n: count, k: min(depth, inner - k), a + (row * lda + k), lda: lda,
            panels + (first * inner + k * stored), ldb: stored, beta: k == 0 ? 0 : 1,
            c + (row * ldc + first - range.lowerBound), ldc: ldc)
        }
      }
      let end = first + count - range.lowerBound
      if !epilogue.isIdentity, end % warm == 0 || first + count == range.upperBound {
        let begin = (end - 1) / warm * warm
        epilogue.apply(to: c, offset: begin, rows: rows, columns: begin..<end, stride: ldc)
      }
    }
  }

  private func multiplySlices(
    _ rows: Int, _ a: Source, _ lda: Int, _ panels: Source, _ range: Range<Int>, _ c: Destination, _ ldc: Int,
    _ epilogue: Epilogue
  ) {
    let depth = inner.evenPiece(atMost: Self.sliceInner)
    let height = rows.evenPiece(atMost: max(48, Self.sliceProducts / depth)).dividedUp(by: 6) * 6
    let (early, late) = epilogue.split
    for row in stride(from: 0, to: rows, by: height) {
      let count = min(height, rows - row)
      for k in stride(from: 0, to: max(inner, 1), by: depth) {
        let finish = k + depth >= inner && !early.isIdentity ? early : nil
        for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.width) {
          let stored = min(Self.width, columns - first)
          let column = first - range.lowerBound
          VectorKernels.multiplyPanel(
            rows: count, inner: min(depth, inner - k), columns: min(stored, range.upperBound - first),
            a + (row * lda + k), lda: lda, panels + (first * inner + k * stored), stored: stored, adds: k > 0,
            epilogue: finish?.of(channel: column, offset: row * ldc + column), c + (row * ldc + column),
            ldc: ldc)
        }
      }
      late?.apply(to: c, offset: row * ldc, rows: count, columns: 0..<range.count, stride: ldc)
    }
  }
}
