import Engine

/// Random operands large enough for any of a list of products, which share them.
final class Operands {
  let a, b, c: UnsafeMutableBufferPointer<Float>

  init(for products: [Product]) {
    func allocate(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
      let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: count * 4, alignment: 64)
      return raw.bindMemory(to: Float.self)
    }
    a = allocate(products.map { $0.m * $0.k }.max() ?? 0)
    b = allocate(products.map { $0.k * $0.n }.max() ?? 0)
    c = allocate(products.map { $0.m * $0.n }.max() ?? 0)
    // xorshift32: cheap, and no value is subnormal.
    var state: UInt32 = 0x9E37_79B9
    for operand in [a, b] {
      for index in operand.indices {
        state ^= state << 13
        state ^= state >> 17
        state ^= state << 5
        operand[index] = Float(Int32(truncatingIfNeeded: state) >> 8) * 0x1p-23
      }
    }
    c.initialize(repeating: 0)
  }

  deinit {
    a.deallocate()
    b.deallocate()
    c.deallocate()
  }

  /// As the engine does it: by vectors where there is one row, a tile of C a task where there are more.
  func multiply(_ product: Product) {
    if product.m == 1 && product.transposeB {
      Parallel.forEachRange(product.n, grain: max(16, (1 << 18) / product.k)) { rows in
        GEMM.multiplyVector(
          m: rows.count, n: product.k, b.baseAddress! + rows.lowerBound * product.k, lda: product.k,
          a.baseAddress!, c.baseAddress! + rows.lowerBound)
      }
      return
    }
    GEMM.multiplyInParallel(
      m: product.m, n: product.n, k: product.k, a.baseAddress!, lda: product.k,
      b.baseAddress!, ldb: product.transposeB ? product.k : product.n, transposeB: product.transposeB,
      c.baseAddress!, ldc: product.n)
  }

  /// Holds some of the elements of C against sums in Double; traps where one is wrong.
  func check(_ product: Product) {
    multiply(product)
    for probe in 0..<16 {
      let i = probe * 7919 % product.m, j = probe * 104_729 % product.n
      var exact = 0.0, magnitude = 0.0
      for l in 0..<product.k {
        let right = product.transposeB ? j * product.k + l : l * product.n + j
        let term = Double(a[i * product.k + l]) * Double(b[right])
        exact += term
        magnitude += abs(term)
      }
      let got = Double(c[i * product.n + j])
      precondition(
        abs(got - exact) <= 1e-5 * magnitude, "\(product.name): C[\(i), \(j)] is \(got), not \(exact)")
    }
  }
}
