import CBLASShim

/// Factorizations through LAPACKE: the only file that calls it.
///
/// Matrices are row-major `[rows, columns]` tensors with at least one element, all of them finite. Everything runs on
/// the calling thread, as products do (see ``GEMM``), so results do not depend on the number of threads.
public enum LinearAlgebra {
  /// The eigenvalues of a symmetric matrix, ascending, and its eigenvectors (ssyevd).
  /// - Parameter matrix: `[n, n]`; only the lower triangle is read.
  /// - Returns: `values` `[n]`; `vectors` `[n, n]`, column i belonging to value i:
  ///   matrix = vectors · diag(values) · vectorsᵀ.
  /// - Throws: ``LinearAlgebraError``, as all functions here do.
  public static func symmetricEigen(_ matrix: Tensor) throws -> (values: Tensor, vectors: Tensor) {
    let operation = "symmetricEigen"
    let n = try square(matrix, operation)
    var vectors = matrix.detached
    let values = Tensor(uninitialized: [n])
    let info = vectors.withUnsafeMutableBufferPointer {
      LAPACKE_ssyevd(rowMajor, vector, lower, Int32(n), $0.baseAddress, Int32(n), values.storage.pointer)
    }
    try check(info, positive: .notConverged(operation: operation, info: Int(info)), operation)
    return (values, vectors)
  }

  /// The thin singular value decomposition (sgesdd): matrix = u · diag(s) · vt.
  /// - Parameter matrix: `[m, n]`; k = min(m, n).
  /// - Returns: `u` `[m, k]` with orthonormal columns, `s` `[k]` descending, `vt` `[k, n]` with orthonormal rows.
  public static func svd(_ matrix: Tensor) throws -> (u: Tensor, s: Tensor, vt: Tensor) {
    let operation = "svd"
    let (m, n) = try extents(matrix, operation)
    let k = min(m, n)
    var work = matrix.detached
    let (u, s, vt) = (
      Tensor(uninitialized: [m, k]), Tensor(uninitialized: [k]), Tensor(uninitialized: [k, n])
    )
    let info = work.withUnsafeMutableBufferPointer {
      LAPACKE_sgesdd(
        rowMajor, thin, Int32(m), Int32(n), $0.baseAddress, Int32(n), s.storage.pointer,
        u.storage.pointer, Int32(k), vt.storage.pointer, Int32(n))
    }
    try check(info, positive: .notConverged(operation: operation, info: Int(info)), operation)
    return (u, s, vt)
  }

  /// The reduced QR factorization (sgeqrf, sorgqr): matrix = q · r.
  /// - Parameter matrix: `[m, n]`; k = min(m, n).
  /// - Returns: `q` `[m, k]` with orthonormal columns; `r` `[k, n]`, zero below its diagonal, whose signs are
  ///   LAPACK's.
  public static func qr(_ matrix: Tensor) throws -> (q: Tensor, r: Tensor) {
    let operation = "qr"
    let (m, n) = try extents(matrix, operation)
    let k = min(m, n)
    var work = matrix.detached
    let reflectors = Tensor(uninitialized: [k])
    let factored = work.withUnsafeMutableBufferPointer {
      LAPACKE_sgeqrf(rowMajor, Int32(m), Int32(n), $0.baseAddress, Int32(n), reflectors.storage.pointer)
    }
    try check(factored, operation)
    let source = work.storage.pointer
    let r = Tensor(shape: [k, n]) { elements in
      for row in 0..<k {
        for column in 0..<n { elements[row * n + column] = column < row ? 0 : source[row * n + column] }
      }
    }
    let q = Tensor(shape: [m, k]) { elements in
      for row in 0..<m {
        for column in 0..<k { elements[row * k + column] = source[row * n + column] }
      }
    }
    let formed = LAPACKE_sorgqr(
      rowMajor, Int32(m), Int32(k), Int32(k), q.storage.pointer, Int32(k), reflectors.storage.pointer)
    try check(formed, operation)
    return (q, r)
  }

  /// Solves matrix · x = rightHandSide for a symmetric positive definite matrix, by Cholesky (sposv).
  /// - Parameters:
  ///   - matrix: `[n, n]`; only the lower triangle is read.
  ///   - rightHandSide: `[n]`, or `[n, k]` for k systems.
  /// - Returns: x, of the right-hand side's shape.
  public static func choleskySolve(_ matrix: Tensor, _ rightHandSide: Tensor) throws -> Tensor {
    let operation = "choleskySolve"
    let n = try square(matrix, operation)
    let columns = try sides(rightHandSide, of: matrix, operation)
    var (work, solution) = (matrix.detached, rightHandSide.detached)
    let info = work.withUnsafeMutableBufferPointer { a in
      solution.withUnsafeMutableBufferPointer { b in
        LAPACKE_sposv(
          rowMajor, lower, Int32(n), Int32(columns), a.baseAddress, Int32(n), b.baseAddress, Int32(columns))
      }
    }
    try check(info, positive: .notPositiveDefinite(operation: operation, order: Int(info)), operation)
    return solution
  }

  /// The x of least norm among those that minimize ‖matrix · x − rightHandSide‖, by singular values (sgelsd).
  /// - Parameters:
  ///   - matrix: `[m, n]`, of any rank.
  ///   - rightHandSide: `[m]`, or `[m, k]` for k systems.
  ///   - tolerance: singular values at most this times the largest count as zero; the default is the precision
  ///     of `Float`.
  /// - Returns: the solution, `[n]` or `[n, k]`, and the rank of the matrix.
  public static func leastSquares(
    _ matrix: Tensor, _ rightHandSide: Tensor, tolerance: Float? = nil
  ) throws -> (solution: Tensor, rank: Int) {
    let operation = "leastSquares"
    let (m, n) = try extents(matrix, operation)
    let columns = try sides(rightHandSide, of: matrix, operation)
    var work = matrix.detached
    // The right-hand sides go in and the solutions come out, whichever are longer.
    let both = Tensor(zeros: [max(m, n), columns])
    both.storage.pointer.update(from: rightHandSide.storage.pointer, count: m * columns)
    let values = Tensor(uninitialized: [min(m, n)])
    var rank: Int32 = 0
    let info = work.withUnsafeMutableBufferPointer {
      LAPACKE_sgelsd(
        rowMajor, Int32(m), Int32(n), Int32(columns), $0.baseAddress, Int32(n), both.storage.pointer,
        Int32(columns), values.storage.pointer, tolerance ?? -1, &rank)
    }
    try check(info, positive: .notConverged(operation: operation, info: Int(info)), operation)
    let shape: Shape = rightHandSide.shape.rank == 1 ? [n] : [n, columns]
    let solution = Tensor(uninitialized: shape)
    solution.storage.pointer.update(from: both.storage.pointer, count: n * columns)
    return (solution, Int(rank))
  }

  // MARK: LAPACK's letters, and checks

  private static let rowMajor = LAPACK_ROW_MAJOR
  private static let lower = CChar(UInt8(ascii: "L"))
  private static let vector = CChar(UInt8(ascii: "V"))
  private static let thin = CChar(UInt8(ascii: "S"))

  private static func extents(_ matrix: Tensor, _ operation: String) throws -> (m: Int, n: Int) {
    guard matrix.shape.rank == 2, matrix.count > 0 else {
      throw LinearAlgebraError.notAMatrix(operation: operation, matrix.shape)
    }
    try checkFinite(matrix, operation)
    GEMM.prepare()
    return (matrix.shape[0], matrix.shape[1])
  }

  private static func square(_ matrix: Tensor, _ operation: String) throws -> Int {
    let (m, n) = try extents(matrix, operation)
    guard m == n else { throw LinearAlgebraError.notSquare(operation: operation, matrix.shape) }
    return n
  }

  /// The number of right-hand sides.
  private static func sides(_ side: Tensor, of matrix: Tensor, _ operation: String) throws -> Int {
    guard 1...2 ~= side.shape.rank, side.shape[0] == matrix.shape[0], side.count > 0 else {
      throw LinearAlgebraError.mismatch(
        operation: operation, matrix: matrix.shape, rightHandSide: side.shape)
    }
    try checkFinite(side, operation)
    return side.shape.rank == 1 ? 1 : side.shape[1]
  }

  /// LAPACK looks for NaN but may iterate without end over infinities.
  private static func checkFinite(_ tensor: Tensor, _ operation: String) throws {
    guard tensor.withUnsafeBufferPointer({ $0.allSatisfy(\.isFinite) }) else {
      throw LinearAlgebraError.notFinite(operation: operation)
    }
  }

  /// - Parameter positive: what a positive `info` means, where one can occur.
  private static func check(
    _ info: Int32, positive: LinearAlgebraError? = nil, _ operation: String
  ) throws {
    guard info != 0 else { return }
    if info > 0, let positive { throw positive }
    throw LinearAlgebraError.refused(operation: operation, info: Int(info))
  }
}
