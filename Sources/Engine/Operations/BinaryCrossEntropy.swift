#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Binary cross-entropy of logits, −(p·t·log σ(x) + (1 − t)·log(1 − σ(x))), without overflow, as
/// `torch.nn.functional.binary_cross_entropy_with_logits`.
///
/// - Parameters:
///   - logits: `[…, C]`.
///   - targets: of the same shape, in 0...1; constants, so they must not need a gradient.
///   - positiveWeights: p, `[C]`, one for each index of the last axis; 1 without.
///   - reduction: `.mean` divides by the number of elements.
public func binaryCrossEntropyWithLogits(
  _ logits: consuming Tensor, _ targets: Tensor, positiveWeights: Tensor? = nil,
  reduction: Reduction = .mean
) -> Tensor {
  let (shape, node) = (logits.shape, logits.node)
  requireEqualShapes("binaryCrossEntropyWithLogits", shape, targets.shape)
  precondition(targets.node == nil, "binaryCrossEntropyWithLogits: the targets are constants, detach them")
  if let positiveWeights {
    precondition(
      shape.rank >= 1 && positiveWeights.shape == [shape.last],
      "binaryCrossEntropyWithLogits: positive weights of \(positiveWeights.shape) for logits of \(shape)")
    precondition(
      positiveWeights.node == nil,
      "binaryCrossEntropyWithLogits: the positive weights are constants, detach them")
  }
  let x = logits.detached
  let losses = Kernels.binaryCrossEntropy(x, targets, positiveWeights)
  let divisor = reduction == .mean ? Float(shape.count) : 1
  let result =
    reduction == .none ? losses : Tensor(Float(Kernels.sum(losses) / Double(divisor)))
  return result.recorded("binaryCrossEntropyWithLogits", from: node) { _ in
    { [Kernels.binaryCrossEntropyGradient($0, x, targets, positiveWeights, divisor: divisor)] }
  }
}

extension Kernels {
  static func binaryCrossEntropy(_ x: Tensor, _ targets: Tensor, _ positiveWeights: Tensor?) -> Tensor {
    let result = Tensor(uninitialized: x.shape)
    let (x, t, y) = (x.storage.pointer, targets.storage.pointer, result.storage.pointer)
    let weights = PositiveWeights(positiveWeights)
    Parallel.forEachRange(result.count, grain: elementwiseGrain / 16) { range in
      for i in range {
        // −log σ(x) = max(−x, 0) + log(1 + e^−|x|), and −log(1 − σ(x)) is that plus x.
        let positive = max(-x[i], 0) + log1pf(expf(-abs(x[i])))
        y[i] = (1 - t[i]) * x[i] + (1 + (weights[i] - 1) * t[i]) * positive
      }
    }
    return result
  }

  /// gradient / divisor · ((1 − t)·σ(x) − p·t·σ(−x)), in which nothing cancels; `gradient` is a scalar or of the shape of `x`.
  static func binaryCrossEntropyGradient(
    _ gradient: Tensor, _ x: Tensor, _ targets: Tensor, _ positiveWeights: Tensor?, divisor: Float
  ) -> Tensor {
    let result = Tensor(uninitialized: x.shape)
    let (x, t, y) = (x.storage.pointer, targets.storage.pointer, result.storage.pointer)
    let upstream = gradient.storage.pointer
    let step = gradient.shape == result.shape ? 1 : 0
    let weights = PositiveWeights(positiveWeights)
    Parallel.forEachRange(result.count, grain: elementwiseGrain / 16) { range in
      for i in range {
        let e = expf(-abs(x[i]))
        // σ(|x|) and σ(−|x|).
        let (near, far) = (1 / (1 + e), e / (1 + e))
        let (rising, falling) = x[i] < 0 ? (far, near) : (near, far)
        y[i] = upstream[i * step] / divisor * ((1 - t[i]) * rising - weights[i] * t[i] * falling)
      }
    }
    return result
  }

  /// The positive weight of each element, 1 where none are given.
  private struct PositiveWeights {
    let tensor: Tensor?
    let count: Int

    init(_ tensor: Tensor?) {
      self.tensor = tensor
      count = tensor?.count ?? 1
    }

    subscript(index: Int) -> Float { tensor?.storage.pointer[index % count] ?? 1 }
  }
}
