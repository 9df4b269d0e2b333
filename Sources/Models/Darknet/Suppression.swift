import Images

/// Non-maximum suppression, class by class.
enum Suppression {
  /// The candidates that no better one of their class overlaps.
  /// - Parameters:
  ///   - candidates: in any order; of equal scores the earlier comes first.
  ///   - overlap: the IoU above which the lower one is dropped.
  /// - Returns: by falling score.
  static func kept(_ candidates: [Detection], overlap: Float) -> [Detection] {
    let order = candidates.indices.sorted { a, b in
      let (x, y) = (candidates[a].score, candidates[b].score)
      return x > y || (x == y && a < b)
    }
    var kept: [Detection] = []
    var byClass: [Int: [BoundingBox]] = [:]
    for candidate in order.map({ candidates[$0] }) {
      let better = byClass[candidate.label, default: []]
      guard !better.contains(where: { $0.intersectionOverUnion(candidate.box) > overlap }) else { continue }
      byClass[candidate.label, default: []].append(candidate.box)
      kept.append(candidate)
    }
    return kept
  }
}
