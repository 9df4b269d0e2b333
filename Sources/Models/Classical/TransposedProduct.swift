import Engine

/// aᵀ · b, without a transposed copy: `[N, D]` and `[N, K]` to `[D, K]`.
func transposedProduct(_ a: Tensor, _ b: Tensor) -> Tensor {
  let (count, rows, columns) = (a.shape[0], a.shape[1], b.shape[1])
  return Tensor(shape: [rows, columns]) { result in
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        GEMM.multiplyInParallel(
          m: rows, n: columns, k: count, a.baseAddress!, lda: rows, transposeA: true, b.baseAddress!,
          ldb: columns, result.baseAddress!, ldc: columns)
      }
    }
  }
}

extension Tensor {
  /// Rows of `[N, D]` in pieces of so many at most, so that what is computed of each does not grow with N.
  func forEachPiece(_ rows: Int = 4096, _ body: (_ first: Int, _ piece: Tensor) -> Void) {
    for first in stride(from: 0, to: shape[0], by: rows) {
      body(first, shape[0] <= rows ? self : slice(axis: 0, first..<Swift.min(first + rows, shape[0])))
    }
  }
}
