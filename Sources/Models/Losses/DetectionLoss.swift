import Engine

/// The loss of a detector's head, L = L_cls + λ · L_box (Girshick 2015, "Fast R-CNN", equation 1): cross-entropy of the
/// class and smooth L1 of the box regression, the latter for rows of objects alone.
///
/// Both parts are divided by the number of rows that count, as torchvision's `fastrcnn_loss` does: the box part is the
/// sum over its elements, not their mean.
public struct DetectionLoss: Sendable {
  /// The weight λ of the box regression.
  public let lambda: Float
  /// Where smooth L1 turns from a parabola to a line: 1 in Fast R-CNN's head, 1/9 in Faster R-CNN's RPN.
  public let beta: Float
  /// The class of rows without an object, whose boxes do not count; nil where every class is an object's.
  public let background: Int?
  /// The label of rows that do not count at all.
  public let ignored: Int?

  /// The loss and its parts, scalars; gradients may be taken of each.
  public struct Parts: Sendable {
    /// classification + λ · regression.
    public let total: Tensor
    /// Cross-entropy of the classes over the rows that count, a scalar.
    public let classification: Tensor
    /// Before λ.
    public let regression: Tensor
  }

  /// - Precondition: λ and β are not negative.
  public init(lambda: Float = 1, beta: Float = 1, background: Int? = 0, ignored: Int? = nil) {
    precondition(lambda >= 0 && beta >= 0, "DetectionLoss: lambda \(lambda), beta \(beta)")
    self.lambda = lambda
    self.beta = beta
    self.background = background
    self.ignored = ignored
  }

  /// - Parameters:
  ///   - logits: `[N, classes]`.
  ///   - labels: a class for each row.
  ///   - boxes: the regressions, `[N, D]`, D = 4 for boxes.
  ///   - targets: what `boxes` should be, `[N, D]`; rows that do not count may hold anything.
  public func callAsFunction(
    logits: Tensor, labels: [Int], boxes: Tensor, targets: Tensor
  ) -> Parts {
    precondition(
      logits.shape.rank == 2 && boxes.shape.rank == 2 && boxes.shape[0] == logits.shape[0]
        && boxes.shape == targets.shape && labels.count == logits.shape[0],
      "DetectionLoss: logits \(logits.shape), \(labels.count) labels, boxes \(boxes.shape), targets \(targets.shape)"
    )
    let counted = Float(max(labels.count { $0 != ignored }, 1))
    let classification =
      crossEntropy(logits, labels: labels, ignoring: ignored, reduction: .sum) / counted
    let (mask, aims) = objects(labels, targets)
    let regression = smoothL1(boxes * mask, aims, beta: beta, reduction: .sum) / counted
    return Parts(
      total: classification + regression * lambda, classification: classification, regression: regression)
  }

  /// 1 in rows of objects and 0 elsewhere, and the targets with 0 elsewhere; both `[N, D]`.
  private func objects(_ labels: [Int], _ targets: Tensor) -> (mask: Tensor, targets: Tensor) {
    let width = targets.shape[1]
    let isObject = labels.map { $0 != background && $0 != ignored }
    let mask = Tensor(
      isObject.flatMap { Array(repeating: $0 ? 1 : 0, count: width) }, shape: targets.shape)
    let values = targets.scalars
    let aims = Tensor(
      values.indices.map { isObject[$0 / width] ? values[$0] : 0 }, shape: targets.shape)
    return (mask, aims)
  }
}
