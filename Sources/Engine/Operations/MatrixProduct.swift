/// The product of matrices, `[…, m, k]` · `[…, k, n]`; leading axes are broadcast (`torch.matmul` of two axes and more).
/// - Returns: `[…, m, n]`.
public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
  precondition(
    a.shape.rank >= 2 && b.shape.rank >= 2 && a.shape.last == b.shape[b.shape.rank - 2],
    "matmul: \(a.shape) and \(b.shape) do not fit")
  let leading = broadcastShape("matmul", a.shape.leading, b.shape.leading)
  let shape = Shape(leading.dimensions + [a.shape[a.shape.rank - 2], b.shape.last])
  if b.shape.leading.count == 1 {
    // One matrix for all rows: one product.
    let rows = a.reshaped(to: [a.count / max(a.shape.last, 1), a.shape.last])
    let matrix = b.reshaped(to: [b.shape[b.shape.rank - 2], b.shape.last])
    if a.shape.last > 0 { return products(rows, matrix).reshaped(to: shape) }
  }
  return products(a, b).reshaped(to: shape)
}

private func products(_ a: Tensor, _ b: Tensor) -> Tensor {
  let (keptA, keptB) = (a.detached, b.detached)
  return Kernels.products(keptA, keptB).recorded("matmul", from: a.node, b.node) { needs in
    { gradient in
      [
        needs[0]
          ? Kernels.summed(Kernels.products(gradient, keptB, transposeB: true), to: keptA.shape) : nil,
        needs[1]
          ? Kernels.summed(Kernels.products(keptA, transposeA: true, gradient), to: keptB.shape) : nil,
      ]
    }
  }
}

extension Shape {
  /// All extents but the last two.
  fileprivate var leading: Shape { Shape(Array(dimensions.dropLast(2))) }
}

extension Kernels {
  /// op(a)·op(b) of the matrices in the last two axes, leading axes broadcast.
  fileprivate static func products(
    _ a: Tensor, transposeA: Bool = false, _ b: Tensor, transposeB: Bool = false
  ) -> Tensor {
    let (p, q) = (a.shape.dimensions.suffix(2), b.shape.dimensions.suffix(2))
    let (m, k) = transposeA ? (p.last!, p.first!) : (p.first!, p.last!)
    let n = transposeB ? q.first! : q.last!
    let leading = broadcastShape("matmul", a.shape.leading, b.shape.leading)
    let result = Tensor(uninitialized: Shape(leading.dimensions + [m, n]))
    let count = leading.count
    let (x, y, z) = (a.storage.pointer, b.storage.pointer, result.storage.pointer)
    let (xs, ys) = (
      StridedView(a.shape.leading, broadcastTo: leading), StridedView(b.shape.leading, broadcastTo: leading)
    )
    func multiply(_ index: Int, _ multiply: MultiplyFunction) {
      multiply(
        m, n, k, 1, x + xs.offset(of: index) * m * k, p.last!, transposeA, y + ys.offset(of: index) * k * n,
        q.last!, transposeB, 0, z + index * m * n, n)
    }
    // Few products are cut themselves, many are a task each.
    if count < 8 {
      for index in 0..<count { multiply(index, GEMM.multiplyInParallel) }
    } else {
      Parallel.forEachRange(count, grain: max(1, (1 << 17) / max(m * n * k, 1))) { range in
        for index in range { multiply(index, GEMM.multiply) }
      }
    }
    withExtendedLifetime((a, b)) {}
    return result
  }

  private typealias MultiplyFunction = (
    Int, Int, Int, Float, UnsafePointer<Float>, Int, Bool, UnsafePointer<Float>, Int, Bool, Float,
    UnsafeMutablePointer<Float>, Int
  ) -> Void
}
