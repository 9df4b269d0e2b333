import CBLASShim
import Synchronization

/// Matrix products through BLAS: the only file that calls it, and the place where thread policy lives.
///
/// Each product runs on the thread that asks for it; ``Parallel`` splits work into several products. For that,
/// OpenBLAS's own threads are turned off at the first product, which is global to the process: a program that
/// uses OpenBLAS itself and wants its threads calls ``leaveThreadCountAlone()`` first.
public enum GEMM {
  private struct ThreadPolicy {
    var leavesCountAlone = false
    /// Whether a product has been computed by it.
    var isInForce = false
  }

  private static let threadPolicy = Mutex(ThreadPolicy())

  /// Whether OpenBLAS's number of threads is the program's own business.
  public static var leavesThreadCountAlone: Bool { threadPolicy.withLock { $0.leavesCountAlone } }

  /// Leaves OpenBLAS's number of threads to the program, from the first product on. Results then depend on that number in
  /// their last bits. Calling it again changes nothing.
  /// - Throws: ``GEMMError/threadPolicyInForce`` after the first product: OpenBLAS's threads are turned off then, and stay so.
  public static func leaveThreadCountAlone() throws {
    try threadPolicy.withLock { policy in
      if policy.leavesCountAlone { return }
      guard !policy.isInForce else { throw GEMMError.threadPolicyInForce }
      policy.leavesCountAlone = true
    }
  }

  private static let policy: Void = threadPolicy.withLock { policy in
    policy.isInForce = true
    if !policy.leavesCountAlone { openblas_set_num_threads(1) }
  }

  /// Before the calling thread's first use of BLAS or LAPACK.
  @inline(__always)
  static func prepare() {
    _ = policy
    if !ProductBuffers.reserve() { Exhaustion.end("\(GEMMError.noMemory)") }
  }

  /// Has BLAS ready on the calling thread. Products do so by themselves, but cannot throw (see ``Exhaustion``).
  /// - Throws: ``GEMMError/noMemory``.
  public static func checkMemory() throws {
    _ = policy
    guard ProductBuffers.reserve() else { throw GEMMError.noMemory }
  }

  /// C ← α·op(A)·op(B) + β·C on the calling thread. All matrices are row-major: op(A) is `[m, k]`,
  /// op(B) `[k, n]`, C `[m, n]`, and `lda`, `ldb`, `ldc` are the distances between rows as stored.
  /// With β = 0, C is not read.
  public static func multiply(
    m: Int, n: Int, k: Int,
    alpha: Float = 1,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
    beta: Float = 0,
    _ c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    guard m > 0, n > 0 else { return }
    prepare()
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(max(lda, 1)), b, blasint(max(ldb, 1)),
      beta, c, blasint(max(ldc, 1)))
  }

  /// y ← α·op(A)·x + β·y on the calling thread; A is `[m, n]`, row-major.
  public static func multiplyVector(
    m: Int, n: Int, alpha: Float = 1,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ x: UnsafePointer<Float>, beta: Float = 0, _ y: UnsafeMutablePointer<Float>
  ) {
    guard m > 0, n > 0 else { return }
    prepare()
    cblas_sgemv(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), alpha, a,
      blasint(max(lda, 1)), x, 1, beta, y, 1)
  }

  /// As ``multiply(m:n:k:alpha:_:lda:transposeA:_:ldb:transposeB:beta:_:ldc:)``, cut into tiles of C over all
  /// threads. The cut depends on the shape alone.
  public static func multiplyInParallel(
    m: Int, n: Int, k: Int,
    alpha: Float = 1,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
    beta: Float = 0,
    _ c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    let tile = Tile(m: m, n: n, k: k)
    Parallel.forEach(tile.count) { index in
      let (rows, columns) = tile[index]
      multiply(
        m: rows.count, n: columns.count, k: k, alpha: alpha,
        a + (transposeA ? rows.lowerBound : rows.lowerBound * lda), lda: lda,
        transposeA: transposeA,
        b + (transposeB ? columns.lowerBound * ldb : columns.lowerBound), ldb: ldb,
        transposeB: transposeB,
        beta: beta, c + (rows.lowerBound * ldc + columns.lowerBound), ldc: ldc)
    }
  }

  /// How a product is cut: into eight tiles or, where it is large, up to 64, each large enough to pay for packing its
  /// operands.
  private struct Tile {
    let m, n, rows, columns, down, across: Int

    init(m: Int, n: Int, k: Int) {
      self.m = m
      self.n = n
      let work = m * n * k
      let (short, long) = (max(1, min(m, n)), max(m, n))
      let wanted = work < 1 << 16 ? 1 : min(64, max(8, min(work >> 16, long / (16 * short))))
      // The longer side is cut, so that the shorter operand's panel is packed once a tile.
      if m >= n {
        rows = max(16, m.dividedUp(by: wanted))
        columns = max(n, 1)
      } else {
        rows = max(m, 1)
        columns = max(16, n.dividedUp(by: wanted).dividedUp(by: 16) * 16)
      }
      down = m.dividedUp(by: rows)
      across = n.dividedUp(by: columns)
    }

    var count: Int { down * across }

    subscript(index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
      let i = index / across * rows, j = index % across * columns
      return (i..<min(m, i + rows), j..<min(n, j + columns))
    }
  }

  /// The version, options and processor kernel of the OpenBLAS in use.
  public static var libraryDescription: (configuration: String, kernel: String) {
    (String(cString: openblas_get_config()), String(cString: openblas_get_corename()))
  }

  /// What computes products of small matrices without copying (packing) the operands first.
  enum SmallProducts {
    /// OpenBLAS, up to 10⁶ multiplications: its kernels for AVX-512 do so.
    case library
    /// ``VectorKernels/multiplyPanel(rows:inner:columns:_:lda:_:stored:adds:epilogue:_:ldc:)``.
    case panels
    /// Nothing: every product is packed.
    case none
  }

  static let smallProducts: SmallProducts =
    if ["skylakex", "cooperlake", "sapphirerapids"].contains(libraryDescription.kernel.lowercased()) {
      .library
    } else if VectorKernels.areHere {
      .panels
    } else {
      .none
    }

  /// Runs a burst of independent fused multiply-adds on the calling thread; returns the operations done,
  /// 0 where this processor has no probe. The time it takes gives the peak rate.
  public static func fmaBurst(rounds: Int) -> Double { colonnade_fma_probe(rounds) }
}

/// What cannot be had of matrix products.
public enum GEMMError: Error, Equatable, CustomStringConvertible {
  /// The system gives no address space for the buffer that OpenBLAS packs operands into.
  case noMemory
  /// The first product has been computed, and OpenBLAS's threads are turned off.
  case threadPolicyInForce

  public var description: String {
    switch self {
    case .noMemory:
      "OpenBLAS takes \(ProductBuffers.bytes >> 20) MiB of address space for each thread that multiplies, and this "
        + "process may not have it: raise its limit (ulimit -v), or compute on fewer threads"
    case .threadPolicyInForce:
      "OpenBLAS's own threads were turned off by the first product; its number of threads must be claimed before"
    }
  }
}
