#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// The focal loss of classes that exclude each other (Lin et al. 2017, "Focal Loss for Dense Object Detection", equation 5, of a
// softmax's probabilities). With log-probabilities ℓ, p = e^ℓ and cross-entropy's coefficients a (see CrossEntropy.swift), a row's
// loss is −Σ a[c] · (1 − p[c])^γ · ℓ[c]. With γ = 0 it is cross-entropy.

/// The focal loss against a class a row: rows that are nearly right count for little.
///
/// - Parameters:
///   - logits: `[…, C]`, classes along the last axis.
///   - labels: a class in `0..<C` for each row, in row-major order.
///   - gamma: γ ≥ 0; 2 in the paper.
///   - classWeights: `[C]`, the paper's α.
///   - labelSmoothing: ε in 0...1: this share of the target is spread evenly over all classes.
///   - ignored: a label whose rows count for nothing.
///   - reduction: `.mean` divides by the sum of the rows' class weights, as ``crossEntropy(_:labels:classWeights:labelSmoothing:ignoring:reduction:)``
///     does; `.none` gives the shape of the rows.
public func focalLoss(
  _ logits: consuming Tensor, labels: [Int], gamma: Float, classWeights: Tensor? = nil,
  labelSmoothing: Float = 0, ignoring ignored: Int? = nil, reduction: Reduction = .mean
) -> Tensor {
  requireCrossEntropy("focalLoss", logits.shape, classWeights, labelSmoothing)
  let target = CrossEntropyTarget(labels, ignoring: ignored, logits.shape, of: "focalLoss")
  return focalLoss(logits, target, gamma, classWeights, labelSmoothing, reduction)
}

/// The focal loss against a distribution a row, such as mixed-up labels.
///
/// - Parameters:
///   - logits: `[…, C]`, classes along the last axis.
///   - targets: of the same shape; constants, so they must not need a gradient.
///   - gamma: γ ≥ 0; 2 in the paper.
///   - classWeights: `[C]`, the paper's α.
///   - labelSmoothing: ε in 0...1.
///   - reduction: `.mean` divides by the number of rows.
public func focalLoss(
  _ logits: consuming Tensor, targets: Tensor, gamma: Float, classWeights: Tensor? = nil,
  labelSmoothing: Float = 0, reduction: Reduction = .mean
) -> Tensor {
  requireCrossEntropy("focalLoss", logits.shape, classWeights, labelSmoothing)
  let target = CrossEntropyTarget(targets, logits.shape, of: "focalLoss")
  return focalLoss(logits, target, gamma, classWeights, labelSmoothing, reduction)
}

private func focalLoss(
  _ logits: consuming Tensor, _ target: CrossEntropyTarget, _ gamma: Float, _ classWeights: Tensor?,
  _ labelSmoothing: Float, _ reduction: Reduction
) -> Tensor {
  precondition(gamma >= 0 && gamma.isFinite, "focalLoss: gamma \(gamma)")
  let node = logits.node
  let coefficients = CrossEntropyCoefficients(
    target: target, weights: classWeights, smoothing: labelSmoothing, classes: logits.shape.last)
  let logProbabilities = Kernels.logSoftmax(logits)
  let losses = Kernels.focalLoss(logProbabilities, coefficients, gamma)
  let divisor = reduction == .mean ? coefficients.meanDivisor(rows: losses.count) : 1
  let result =
    reduction == .none ? losses : Tensor(Float(Kernels.sum(losses) / divisor))
  return result.recorded("focalLoss", from: node) { _ in
    { [Kernels.focalLossGradient($0, logProbabilities, coefficients, gamma, divisor: Float(divisor))] }
  }
}

extension Kernels {
  /// Each row's loss; `[…, C]` to `[…]`.
  fileprivate static func focalLoss(
    _ logProbabilities: Tensor, _ coefficients: CrossEntropyCoefficients, _ gamma: Float
  ) -> Tensor {
    let (shape, classes) = (logProbabilities.shape, logProbabilities.shape.last)
    let losses = Tensor(uninitialized: Shape(Array(shape.dimensions.dropLast())))
    let (source, target) = (Source(logProbabilities.storage.pointer), losses.storage.pointer)
    forEachRow(of: shape) { row in
      let l = source + row * classes
      withCoefficients(coefficients, row: row) { a in
        guard let a else {
          target[row] = 0
          return
        }
        var sum: Float = 0
        // A class of no weight counts for nothing even where its probability is 0.
        for c in 0..<classes where a[c] != 0 {
          sum -= a[c] * powf(rest(l[c]), gamma) * l[c]
        }
        target[row] = sum
      }
    }
    return losses
  }

  /// The gradient of the logits. With g[c] = a[c] · d(−(1 − p)^γ · ℓ)/dℓ it is gradient / divisor · (g − p · Σ g); `gradient` is a
  /// scalar, or one number a row.
  fileprivate static func focalLossGradient(
    _ gradient: Tensor, _ logProbabilities: Tensor, _ coefficients: CrossEntropyCoefficients,
    _ gamma: Float, divisor: Float
  ) -> Tensor {
    let classes = coefficients.classes
    return lossGradient(gradient, logProbabilities, coefficients, divisor: divisor) { l, a, scale, dx in
      var total: Float = 0
      for c in 0..<classes {
        dx[c] = a[c] == 0 ? 0 : a[c] * slope(l[c], gamma)
        total += dx[c]
      }
      for c in 0..<classes { dx[c] = (dx[c] - expf(l[c]) * total) * scale }
    }
  }

  /// 1 − e^ℓ, exact where e^ℓ is nearly 1.
  private static func rest(_ l: Float) -> Float { -expm1f(l) }

  /// d(−(1 − e^ℓ)^γ · ℓ)/dℓ = (1 − p)^γ · (γ · p · ℓ / (1 − p) − 1).
  private static func slope(_ l: Float, _ gamma: Float) -> Float {
    let (p, q) = (expf(l), rest(l))
    // Where p is 0, p · ℓ is; where it is 1, ℓ / (1 − p) is −1.
    let ratio = p == 0 ? 0 : q == 0 ? -1 : p * l / q
    return powf(q, gamma) * (gamma * ratio - 1)
  }
}
