import Engine
import Images

/// A loss with its parts by name, scalars in the graph.
public struct NamedLoss: Sendable {
  /// What is minimized.
  public let total: Tensor
  /// In a fixed order; the total need not be their sum.
  public let parts: [(name: String, value: Tensor)]

  /// - Parameters:
  ///   - total: what is minimized.
  ///   - parts: in a fixed order.
  public init(total: Tensor, parts: [(name: String, value: Tensor)]) {
    (self.total, self.parts) = (total, parts)
  }

  /// The part of that name; nil where there is none.
  public subscript(name: String) -> Tensor? { parts.first { $0.name == name }?.value }
}

/// The loss of YOLO's heads with anchors, a sum over a picture's heads, mean over the pictures.
///
/// A truth belongs to the anchor, of all heads', whose shape is nearest, at the cell that its centre is in; all other
/// anchors have no object, and those whose box overlaps a truth by more than ``ignoring`` do not count at all.
/// Objectness and classes are binary cross-entropies of their logits (softmax and cross-entropy of a head with
/// exclusive classes).
///
/// Crowds and difficult objects are not learnt: an anchor whose box lies in a crowd by half, or has an IoU of at least
/// 0.5 with a difficult object, does not count either.
public struct YOLOLoss: Hashable, Sendable {
  /// How boxes are held against the truths'.
  public enum Regression: Hashable, Sendable {
    /// As darknet trains version 3: binary cross-entropy of σ(tx), σ(ty) and half the squared error of tw, th, each
    /// times 2 less the truth's share of the picture. Parts: `centre`, `size`.
    case yolov3
    /// L = L_cls + λ · smooth L1 of (σ(tx), σ(ty), tw, th), summed over the four, as in Fast R-CNN. Part: `regression`,
    /// before λ; `classification` is objectness and classes.
    case smoothL1(lambda: Float = 1, beta: Float = 1)
  }

  /// How boxes are held against the truths'.
  public let regression: Regression
  /// The IoU with a truth above which an anchor without an object does not count: darknet's `ignore_thresh`.
  public let ignoring: Float

  /// - Parameters:
  ///   - regression: how boxes are held against the truths'.
  ///   - ignoring: darknet's `ignore_thresh`: 0.7 in its files for version 3.
  public init(regression: Regression = .yolov3, ignoring: Float = 0.7) {
    if case .smoothL1(let lambda, let beta) = regression {
      precondition(lambda >= 0 && beta >= 0, "YOLOLoss: lambda \(lambda), beta \(beta)")
    }
    (self.regression, self.ignoring) = (regression, ignoring)
  }

  /// The loss of a batch; gradients may be taken of the total and of each part.
  /// - Parameters:
  ///   - maps: of each head `[N, h, w, A · (5 + C)]`.
  ///   - heads: what they mean.
  ///   - truths: of each picture; boxes in continuous pixels of the network's input, their centres in it.
  ///   - input: the network's.
  public func callAsFunction(
    _ maps: [Tensor], _ heads: [YOLOHead], truths: [[LabelledBox]], input: Image.Size
  ) -> NamedLoss {
    precondition(
      !maps.isEmpty && maps.count == heads.count, "YOLOLoss: \(maps.count) maps of \(heads.count) heads")
    let pictures = Float(truths.count)
    let sums = zip(maps, heads).map { map, head in
      headSums(map, head, YOLOTargets(of: map, head, truths: truths, input: input, ignoring: ignoring))
    }
    func mean(_ part: (Sums) -> Tensor?) -> Tensor {
      let present = sums.compactMap(part)
      guard let first = present.first else { return Tensor(0) }
      return present.dropFirst().reduce(first) { $0 + $1 } / pictures
    }
    let objectness = mean { $0.objectness }
    let classes = mean { $0.classes }
    switch regression {
    case .yolov3:
      let centre = mean { $0.box?.0 }
      let size = mean { $0.box?.1 }
      return NamedLoss(
        total: objectness + classes + centre + size,
        parts: [("centre", centre), ("size", size), ("objectness", objectness), ("class", classes)])
    case .smoothL1(let lambda, _):
      let box = mean { $0.box?.0 }
      let classification = objectness + classes
      return NamedLoss(
        total: classification + box * lambda,
        parts: [
          ("classification", classification), ("regression", box), ("objectness", objectness),
          ("class", classes),
        ])
    }
  }

  /// Of one head; nil what no row has.
  private struct Sums {
    let objectness: Tensor
    var classes: Tensor?
    var box: (Tensor, Tensor?)?
  }

  private func headSums(_ map: Tensor, _ head: YOLOHead, _ targets: YOLOTargets) -> Sums {
    let count = targets.objectness.count
    let rows = map.reshaped(to: [count, head.entries])
    let logits = rows.slice(axis: 1, 4..<5)
    let losses = binaryCrossEntropyWithLogits(
      logits, Tensor(targets.objectness, shape: [count, 1]), reduction: .none)
    var sums = Sums(objectness: (losses * Tensor(targets.counts, shape: [count, 1])).sum())
    let objects = targets.rows.count
    guard objects > 0 else { return sums }
    let found = rows.indexSelect(targets.rows)
    sums.classes = classLoss(found.slice(axis: 1, 5..<head.entries), head, targets.classes)
    let (centres, sides) = (found.slice(axis: 1, 0..<2), found.slice(axis: 1, 2..<4))
    let centreTargets = Tensor(targets.centres, shape: [objects, 2])
    let sideTargets = Tensor(targets.sides, shape: [objects, 2])
    switch regression {
    case .yolov3:
      let weights = Tensor(targets.weights, shape: [objects, 1])
      let centre = binaryCrossEntropyWithLogits(centres, centreTargets, reduction: .none) * weights
      let size = mse(sides, sideTargets, reduction: .none) * (weights * 0.5)
      sums.box = (centre.sum(), size.sum())
    case .smoothL1(_, let beta):
      let boxes = concat([sigmoid(centres), sides], axis: 1)
      let aims = concat([centreTargets, sideTargets], axis: 1)
      sums.box = (smoothL1(boxes, aims, beta: beta, reduction: .sum), nil)
    }
    return sums
  }

  private func classLoss(_ logits: Tensor, _ head: YOLOHead, _ targets: [Float]) -> Tensor {
    let aims = Tensor(targets, shape: logits.shape)
    switch head.scores {
    case .independent: return binaryCrossEntropyWithLogits(logits, aims, reduction: .sum)
    case .exclusive: return crossEntropy(logits, targets: aims, reduction: .sum)
    }
  }
}
