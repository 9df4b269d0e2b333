extension Initializer {
  /// Orthonormal rows (or columns, where there are more rows than columns) of the weight as a matrix `[out, the rest]`,
  /// times `gain`: `torch.nn.init.orthogonal_`, by Saxe et al. 2013. For linear weights `[out, in]` and convolutions
  /// `[kh, kw, in, out]`.
  ///
  /// The Q of a Gaussian matrix's QR factorization, with the signs of R's diagonal, is uniform among all such.
  public static func orthogonal(gain: Float = 1) -> Initializer {
    Initializer { shape, generator in
      precondition(
        shape.rank == 2 || shape.rank == 4,
        "Initializer.orthogonal: \(shape) is neither linear nor convolution")
      guard shape.count > 0 else { return Tensor(zeros: shape) }
      // Convolutions lie as [the rest, out]; a wide matrix is factorized as its transpose.
      let out = shape.rank == 4 ? shape[3] : shape[0]
      let rest = shape.count / out
      let (tall, wide) = (max(out, rest), min(out, rest))
      let q = orthonormalColumns(rows: tall, columns: wide, gain: gain, &generator)
      let liesTall = shape.rank == 4 ? rest >= out : out >= rest
      return (liesTall ? q : q.permuted([1, 0])).reshaped(to: shape)
    }
  }

  /// `[rows, columns]`, rows ≥ columns.
  private static func orthonormalColumns(
    rows: Int, columns: Int, gain: Float, _ generator: inout RandomStream
  ) -> Tensor {
    let gaussian = fill([rows, columns]) { generator.normal() }
    guard case (var q, let r)? = try? LinearAlgebra.qr(gaussian) else {
      preconditionFailure("Initializer.orthogonal: no QR factorization of [\(rows), \(columns)]")
    }
    let diagonal = r.withUnsafeBufferPointer { r in (0..<columns).map { r[$0 * columns + $0] } }
    q.withUnsafeMutableBufferPointer { q in
      for row in 0..<rows {
        for column in 0..<columns { q[row * columns + column] *= diagonal[column] < 0 ? -gain : gain }
      }
    }
    return q
  }
}
