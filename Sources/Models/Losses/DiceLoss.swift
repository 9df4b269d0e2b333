import Engine

/// The soft Dice loss of a segmentation (Milletari et al. 2016, "V-Net"), by class:
/// 1 − (2 Σ p·t + s) / (Σ p + Σ t + s), the sums over a class's pixels in all pictures.
///
/// - Parameters:
///   - probabilities: p, `[…, C]`, such as `[N, H, W, C]`: the softmax or the sigmoid of logits.
///   - targets: t, of the same shape, 0 or 1, or in between where labels are soft; constants.
///   - smoothing: s, by which a class without a pixel loses nothing when none is found.
///   - squared: whether the denominator has Σ p² + Σ t², as in the paper; the plain sums are more usual.
/// - Returns: `[C]`; its `mean()` is what is trained by.
public func diceLoss(
  _ probabilities: Tensor, targets: Tensor, smoothing: Float = 1, squared: Bool = false
) -> Tensor {
  precondition(
    probabilities.shape == targets.shape && probabilities.shape.rank >= 1,
    "diceLoss: the shapes \(probabilities.shape) and \(targets.shape) differ")
  let (p, t) = (probabilities, targets.detached)
  let pixels = Array(0..<p.shape.rank - 1)
  let both = (p * t).sum(axes: pixels)
  let each = squared ? (p * p + t * t).sum(axes: pixels) : (p + t).sum(axes: pixels)
  return 1 - (both * 2 + smoothing) / (each + smoothing)
}
