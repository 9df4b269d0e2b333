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
  let shape = logits.shape
  checkCrossEntropy(shape, classWeights, labelSmoothing)
  let classes = shape.last
  precondition(
    labels.count == shape.count / classes, "crossEntropy: \(labels.count) labels for logits of \(shape)")
  for label in labels where label != ignored {
    precondition(
      (0..<classes).contains(label), "crossEntropy: label \(label) is not one of \(classes) classes")
  }
  let target = CrossEntropyTarget.labels(labels, ignored: ignored)
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
  checkCrossEntropy(logits.shape, classWeights, labelSmoothing)
  requireEqualShapes("crossEntropy", logits.shape, targets.shape)
  precondition(targets.node == nil, "crossEntropy: the targets are constants, detach them")
  return crossEntropy(logits, .distributions(targets), classWeights, labelSmoothing, reduction)
}

private func checkCrossEntropy(_ shape: Shape, _ classWeights: Tensor?, _ labelSmoothing: Float) {
  precondition(shape.rank >= 1 && shape.last > 0, "crossEntropy: logits of \(shape) have no classes")
  precondition((0...1).contains(labelSmoothing), "crossEntropy: label smoothing \(labelSmoothing)")
  if let classWeights {
    precondition(
      classWeights.shape == [shape.last],
      "crossEntropy: class weights of \(classWeights.shape) for logits of \(shape)")
    precondition(classWeights.node == nil, "crossEntropy: the class weights are constants, detach them")
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
