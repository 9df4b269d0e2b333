import Foundation
import Images

/// How soft non-maximum suppression lowers the score of a box that overlaps a better one (Bodla et al. 2017, "Soft-NMS").
public enum SoftSuppression: Hashable, Sendable {
  /// score · (1 − IoU) where the IoU is above the threshold, equation 3.
  case linear(threshold: Float)
  /// score · exp(−IoU² / σ).
  case gaussian(sigma: Float)

  fileprivate func factor(_ overlap: Float) -> Float {
    switch self {
    case .linear(let threshold): overlap > threshold ? 1 - overlap : 1
    case .gaussian(let sigma): exp(-overlap * overlap / sigma)
    }
  }
}

/// Soft non-maximum suppression: again and again the box with the highest score is taken, and the scores of the others of its
/// class are lowered by how much they overlap it. Of equal scores the earlier box is taken. O(n · results).
/// - Parameters:
///   - boxes: in continuous pixels.
///   - scores: one a box.
///   - classes: one a box; boxes of different classes do not concern each other. Nil is one class.
///   - decay: how scores are lowered.
///   - minimum: boxes whose score falls below it are dropped.
///   - limit: how many are taken at most.
/// - Returns: the boxes in the order in which they were taken, by falling score, with the scores that were left of theirs.
public func softNonMaximumSuppression(
  _ boxes: [BoundingBox], scores: [Float], classes: [Int]? = nil, decay: SoftSuppression,
  minimum: Float = 0.001,
  limit: Int = .max
) -> [(index: Int, score: Float)] {
  precondition(
    scores.count == boxes.count && classes?.count ?? boxes.count == boxes.count,
    "softNonMaximumSuppression: \(boxes.count) boxes, \(scores.count) scores, "
      + "\(classes?.count ?? boxes.count) classes")
  var rest = boxes.indices.filter { scores[$0] >= minimum }
  var scores = scores
  var result: [(index: Int, score: Float)] = []
  while result.count < limit, let first = rest.first {
    // Indices ascend in `rest`: the first of equal ones stays.
    let best = rest.dropFirst().reduce(first) { scores[$1] > scores[$0] ? $1 : $0 }
    result.append((best, scores[best]))
    rest.removeAll { index in
      if index == best { return true }
      if classes == nil || classes![index] == classes![best] {
        scores[index] *= decay.factor(BoxOverlap.intersectionOverUnion(boxes[best], boxes[index]))
      }
      return scores[index] < minimum
    }
  }
  return result
}
