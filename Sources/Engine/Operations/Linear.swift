/// y = x·Wᵀ + b, as PyTorch's `linear`.
/// - Parameters:
///   - x: `[N, in]`.
///   - weight: `[out, in]`.
///   - bias: `[out]`.
/// - Returns: `[N, out]`.
public func linear(_ x: Tensor, weight: Tensor, bias: Tensor? = nil) -> Tensor {
  precondition(
    x.shape.rank == 2 && weight.shape.rank == 2 && x.shape[1] == weight.shape[1],
    "linear: input \(x.shape) and weight \(weight.shape) do not fit")
  precondition(
    bias == nil || bias!.shape == [weight.shape[0]],
    "linear: bias \(bias!.shape) does not fit weight \(weight.shape)")
  let y = apply(x, weight, bias)
  let (kept, keptWeight) = (x.detached, weight.detached)
  return y.recorded("linear", from: x.node, weight.node, bias?.node) { needs in
    { dy in
      [
        needs[0] ? product(dy, keptWeight) : nil,
        needs[1] ? product(dy, transposed: true, kept) : nil,
        needs[2] ? sumOfRows(dy) : nil,
      ]
    }
  }
}

/// Rows up to which a product with each one is faster than sgemm.
private let mostRowsByVectors = 8

private func apply(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) -> Tensor {
  let (rows, inputs, outputs) = (x.shape[0], x.shape[1], weight.shape[0])
  let y = Tensor(uninitialized: [rows, outputs])
  withExtendedLifetime((x, weight, bias)) {
    if let bias {
      for row in 0..<rows {
        (y.storage.pointer + row * outputs).update(from: bias.storage.pointer, count: outputs)
      }
    }
    let beta: Float = bias == nil ? 0 : 1
    if rows <= mostRowsByVectors {
      // Bound by reading the weights: sgemm would pack them first. A range's weights stay in the L2 for all rows.
      Parallel.forEachRange(outputs, grain: max(16, (1 << 17) / max(inputs, 1))) { range in
        for row in 0..<rows {
          GEMM.multiplyVector(
            m: range.count, n: inputs, weight.storage.pointer + range.lowerBound * inputs,
            lda: inputs, x.storage.pointer + row * inputs, beta: beta,
            y.storage.pointer + (row * outputs + range.lowerBound))
        }
      }
    } else {
      GEMM.multiplyInParallel(
        m: rows, n: outputs, k: inputs, x.storage.pointer, lda: inputs, weight.storage.pointer,
        ldb: inputs, transposeB: true, beta: beta, y.storage.pointer, ldc: outputs)
    }
  }
  return y
}

/// op(a)·b of two matrices.
private func product(_ a: Tensor, transposed: Bool = false, _ b: Tensor) -> Tensor {
  let (m, k) = transposed ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
  let n = b.shape[1]
  let c = Tensor(uninitialized: [m, n])
  withExtendedLifetime((a, b)) {
    GEMM.multiplyInParallel(
      m: m, n: n, k: k, a.storage.pointer, lda: a.shape[1], transposeA: transposed,
      b.storage.pointer, ldb: n, c.storage.pointer, ldc: n)
  }
  return c
}
