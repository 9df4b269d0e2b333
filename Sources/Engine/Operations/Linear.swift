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
  return y.recorded("linear", from: x.node, weight.node, bias?.node) { needs in
    let keptWeight = needs[0] ? weight.detached : nil
    let kept = needs[1] ? x.detached : nil
    return { dy in
      [
        keptWeight.map { product(dy, $0) },
        kept.map { product(dy, transposed: true, $0) },
        needs[2] ? sumOfRows(dy) : nil,
      ]
    }
  }
}

/// Rows up to which a product with each one is faster than sgemm.
private let mostRowsByVectors = 4

private func apply(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) -> Tensor {
  let (rows, inputs, outputs) = (x.shape[0], x.shape[1], weight.shape[0])
  let y = Tensor(uninitialized: [rows, outputs])
  withExtendedLifetime((x, weight, bias)) {
    let multiply = rows <= mostRowsByVectors ? multiplyByVectors : multiplyByPanels
    multiply((rows, inputs, outputs), x.storage.pointer, weight.storage.pointer, y.storage.pointer)
    if let bias {
      for row in 0..<rows {
        Kernels.addRow(bias.storage.pointer, to: y.storage.pointer + row * outputs, outputs)
      }
    }
  }
  return y
}

private typealias Extents = (rows: Int, inputs: Int, outputs: Int)

/// y ← x·wᵀ, bound by reading the weights: sgemm would pack them first. A range's weights stay in the L2 for all rows.
private func multiplyByVectors(_ e: Extents, _ x: Source, _ w: Source, _ y: Destination) {
  Parallel.forEachRange(e.outputs, grain: max(16, (1 << 17) / max(e.inputs, 1))) { range in
    for row in 0..<e.rows {
      GEMM.multiplyVector(
        m: range.count, n: e.inputs, w + range.lowerBound * e.inputs, lda: e.inputs, x + row * e.inputs,
        y + (row * e.outputs + range.lowerBound))
    }
  }
}

/// yᵀ ← w·xᵀ: the weights are read as they lie, once, and what is packed is the smaller operand.
private func multiplyByPanels(_ e: Extents, _ x: Source, _ w: Source, _ y: Destination) {
  let panels = Panels(inner: e.inputs, columns: e.rows)
  withWorkspace(e.inputs * e.rows) { columns in
    panels.packTranspose(of: x, into: columns)
    Parallel.forEachRange(e.outputs, grain: 128) { range in
      withWorkspace(range.count * e.rows) { tile in
        for first in stride(from: 0, to: range.count, by: Panels.streamedRows) {
          panels.multiply(
            rows: min(Panels.streamedRows, range.count - first), w + (range.lowerBound + first) * e.inputs,
            lda: e.inputs, columns,
            columns: 0..<e.rows, into: tile + first * e.rows, ldc: e.rows)
        }
        for row in 0..<e.rows {
          let line = y + (row * e.outputs + range.lowerBound)
          for i in 0..<range.count { line[i] = tile[i &* e.rows &+ row] }
        }
      }
    }
  }
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
