// Cross-entropy of logits, as `torch.nn.functional.cross_entropy`. With log-probabilities ℓ and coefficients
// a[c] = weight[c] · ((1 − ε) · target[c] + ε / C), a row's loss is −Σ a[c] · ℓ[c], its gradient e^ℓ · Σ a − a.

/// Cross-entropy against a class a row.
///
/// - Parameters:
///   - logits: `[…, C]`, classes along the last axis; `[N, C]` for a classifier, `[N, H, W, C]` for dense predictions.
///   - labels: a class in `0..<C` for each row, in row-major order.
///   - classWeights: `[C]`.
///   - labelSmoothing: ε in 0...1: this share of the target is spread evenly over all classes.
///   - ignored: a label whose rows count for nothing (PyTorch's `ignore_index`).
///   - reduction: `.mean` divides by the sum of the rows' class weights; `.none` gives the shape of the rows.
public func crossEntropy(
  _ logits: consuming Tensor, labels: [Int], classWeights: Tensor? = nil, labelSmoothing: Float = 0,
  ignoring ignored: Int? = nil, reduction: Reduction = .mean
) -> Tensor {
  requireCrossEntropy("crossEntropy", logits.shape, classWeights, labelSmoothing)
  let target = CrossEntropyTarget(labels, ignoring: ignored, logits.shape, of: "crossEntropy")
  return crossEntropy(logits, target, classWeights, labelSmoothing, reduction)
}

/// Cross-entropy against a distribution a row, such as mixed-up labels.
///
/// - Parameters:
///   - logits: `[…, C]`, classes along the last axis.
///   - targets: of the same shape; constants, so they must not need a gradient.
///   - classWeights: `[C]`.
///   - labelSmoothing: ε in 0...1.
///   - reduction: `.mean` divides by the number of rows, also with class weights.
public func crossEntropy(
  _ logits: consuming Tensor, targets: Tensor, classWeights: Tensor? = nil, labelSmoothing: Float = 0,
  reduction: Reduction = .mean
) -> Tensor {
  requireCrossEntropy("crossEntropy", logits.shape, classWeights, labelSmoothing)
  let target = CrossEntropyTarget(targets, logits.shape, of: "crossEntropy")
  return crossEntropy(logits, target, classWeights, labelSmoothing, reduction)
}

// MARK: What focal loss asks for too

/// Traps with the operation's name where the logits' shape, the class weights or the smoothing cannot be.
func requireCrossEntropy(
  _ operation: StaticString, _ shape: Shape, _ classWeights: Tensor?, _ labelSmoothing: Float
) {
  precondition(shape.rank >= 1 && shape.last > 0, "\(operation): logits of \(shape) have no classes")
  precondition((0...1).contains(labelSmoothing), "\(operation): label smoothing \(labelSmoothing)")
  if let classWeights {
    precondition(
      classWeights.shape == [shape.last],
      "\(operation): class weights of \(classWeights.shape) for logits of \(shape)")
    precondition(classWeights.node == nil, "\(operation): the class weights are constants, detach them")
  }
}

extension CrossEntropyTarget {
  /// A class a row of logits; traps with the operation's name where they do not fit.
  init(_ labels: [Int], ignoring ignored: Int?, _ logits: Shape, of operation: StaticString) {
    let classes = logits.last
    precondition(
      labels.count == logits.count / classes, "\(operation): \(labels.count) labels for logits of \(logits)")
    for label in labels where label != ignored {
      precondition(
        (0..<classes).contains(label), "\(operation): label \(label) is not one of \(classes) classes")
    }
    self = .labels(labels, ignored: ignored)
  }

  /// A distribution a row of logits; traps with the operation's name where they do not fit.
  init(_ distributions: Tensor, _ logits: Shape, of operation: StaticString) {
    requireEqualShapes(operation, logits, distributions.shape)
    precondition(distributions.node == nil, "\(operation): the targets are constants, detach them")
    self = .distributions(distributions)
  }
}

private func crossEntropy(
  _ logits: consuming Tensor, _ target: CrossEntropyTarget, _ classWeights: Tensor?,
  _ labelSmoothing: Float, _ reduction: Reduction
) -> Tensor {
  let node = logits.node
  let coefficients = CrossEntropyCoefficients(
    target: target, weights: classWeights, smoothing: labelSmoothing, classes: logits.shape.last)
  let logProbabilities = Kernels.logSoftmax(logits)
  let losses = Kernels.crossEntropy(logProbabilities, coefficients)
  let divisor = reduction == .mean ? coefficients.meanDivisor(rows: losses.count) : 1
  let result =
    reduction == .none ? losses : Tensor(Float(Kernels.sum(losses) / divisor))
  return result.recorded("crossEntropy", from: node) { _ in
    { [Kernels.crossEntropyGradient($0, logProbabilities, coefficients, divisor: Float(divisor))] }
  }
}
