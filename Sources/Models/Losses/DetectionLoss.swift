import Engine

/// The loss of a detector's head, L = L_cls + λ · L_box (Girshick 2015, "Fast R-CNN", equation 1): cross-entropy of the
/// class and smooth L1 of the box regression, the latter for rows of objects alone.
///
/// Both parts are divided by the number of rows that count, as torchvision's `fastrcnn_loss` does: the box part is the
/// sum over its elements, not their mean. With one logit a row, as region proposals have it, the class is whether there is
/// an object, and the first part is the binary cross-entropy.
public struct DetectionLoss: Hashable, Sendable {
  /// The weight λ of the box regression.
  public let lambda: Float
  /// Where smooth L1 turns from a parabola to a line: 1 in Fast R-CNN's head, 1/9 in Faster R-CNN's RPN.
  public let beta: Float
  /// The class of rows without an object, whose boxes do not count; nil where every class is an object's.
  public let background: Int?
  /// The label of rows that do not count at all.
  public let ignored: Int?

  /// What the box part is divided by.
  public let boxDivisor: BoxDivisor

  /// What the box part of a loss is divided by.
  public enum BoxDivisor: Hashable, Sendable {
    /// The number of rows that count, as the other part.
    case rows
    /// The number of places that anchors lie at, of which the rows are a sample.
    case places
  }

  /// Fast R-CNN's head, as in the paper: β = 1, λ = 1.
  public static let fastRCNN = DetectionLoss()
  /// Faster R-CNN's region proposals, as in the paper (Ren et al. 2015, equation 1): λ = 10, and the box part is divided by
  /// the number of places that anchors lie at; β = 1/9, as its authors have it.
  public static let fasterRCNN = DetectionLoss(lambda: 10, beta: 1 / 9, boxDivisor: .places)
  /// torchvision's, of region proposals and of the head: β = 1/9, λ = 1, and both parts divided by the number of rows.
  public static let torchvision = DetectionLoss(beta: 1 / 9)

  /// The loss and its parts, scalars; gradients may be taken of each.
  public struct Parts: Sendable {
    /// classification + λ · regression.
    public let total: Tensor
    /// Cross-entropy of the classes over the rows that count, a scalar.
    public let classification: Tensor
    /// Before λ.
    public let regression: Tensor
  }

  /// - Parameters:
  ///   - lambda: the weight λ of the box regression.
  ///   - beta: where smooth L1 turns from a parabola to a line.
  ///   - background: the class of rows without an object; nil where every class is an object's.
  ///   - ignored: the label of rows that do not count at all.
  ///   - boxDivisor: what the box part is divided by.
  /// - Precondition: λ and β are not negative.
  public init(
    lambda: Float = 1, beta: Float = 1, background: Int? = 0, ignored: Int? = nil,
    boxDivisor: BoxDivisor = .rows
  ) {
    precondition(lambda >= 0 && beta >= 0, "DetectionLoss: lambda \(lambda), beta \(beta)")
    self.lambda = lambda
    self.beta = beta
    self.background = background
    self.ignored = ignored
    self.boxDivisor = boxDivisor
  }

  /// - Parameters:
  ///   - logits: `[N, classes]`, or `[N, 1]` with labels of 0 and 1.
  ///   - labels: a class for each row.
  ///   - boxes: the regressions, `[N, D]`, D = 4 for boxes.
  ///   - targets: what `boxes` should be, `[N, D]`; rows that do not count may hold anything.
  ///   - places: the number of places that anchors lie at; needed where ``boxDivisor`` is that.
  public func callAsFunction(
    logits: Tensor, labels: [Int], boxes: Tensor, targets: Tensor, places: Int? = nil
  ) -> Parts {
    precondition(
      logits.shape.rank == 2 && boxes.shape.rank == 2 && boxes.shape[0] == logits.shape[0]
        && boxes.shape == targets.shape && labels.count == logits.shape[0],
      "DetectionLoss: logits \(logits.shape), \(labels.count) labels, boxes \(boxes.shape), targets \(targets.shape)"
    )
    let counted = Float(max(labels.count { $0 != ignored }, 1))
    precondition(
      boxDivisor == .rows || places ?? 0 > 0, "DetectionLoss: the boxes' divisor needs a number of places")
    let divisor = boxDivisor == .rows ? counted : Float(places!)
    let classification = crossEntropy(logits, labels) / counted
    let (mask, aims) = objects(labels, targets)
    let regression = smoothL1(boxes * mask, aims, beta: beta, reduction: .sum) / divisor
    return Parts(
      total: classification + regression * lambda, classification: classification, regression: regression)
  }

  /// The sum over the rows that count.
  private func crossEntropy(_ logits: Tensor, _ labels: [Int]) -> Tensor {
    guard logits.shape[1] == 1 else {
      return Engine.crossEntropy(logits, labels: labels, ignoring: ignored, reduction: .sum)
    }
    let isObject = Tensor(labels.map { $0 == 1 ? 1 : 0 }, shape: logits.shape)
    let counts = Tensor(labels.map { $0 == ignored ? 0 : 1 }, shape: logits.shape)
    for label in labels where label != ignored {
      precondition(0...1 ~= label, "DetectionLoss: label \(label) with one logit")
    }
    return (binaryCrossEntropyWithLogits(logits, isObject, reduction: .none) * counts).sum()
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
