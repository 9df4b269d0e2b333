import Images

/// Greedy non-maximum suppression, as torchvision's `nms` and `batched_nms`: from the highest score down, a box is kept
/// unless its IoU with one of its class that is kept is above the threshold; one that equals it does not suppress.
///
/// Of equal scores the earlier box comes first. O(n log n) for the order, and n times the number of boxes kept.
/// - Parameters:
///   - boxes: in continuous pixels.
///   - scores: one a box.
///   - classes: one a box, any numbers; boxes of different classes do not suppress each other. Nil is one class.
///   - threshold: the greatest IoU of two boxes that are kept.
///   - limit: how many are kept at most, those with the highest scores.
/// - Returns: the indices of the boxes that are kept, by falling score.
public func nonMaximumSuppression(
  _ boxes: [BoundingBox], scores: [Float], classes: [Int]? = nil, threshold: Float, limit: Int = .max
) -> [Int] {
  precondition(
    scores.count == boxes.count && classes?.count ?? boxes.count == boxes.count,
    "nonMaximumSuppression: \(boxes.count) boxes, \(scores.count) scores, \(classes?.count ?? boxes.count) classes"
  )
  var kept: [Int] = []
  var places: [Int: Int] = [:]
  var byClass: [KeptBoxes] = []
  for index in ScoreOrder.first(boxes.count, of: scores) {
    if kept.count >= limit { break }
    let label = classes?[index] ?? 0
    let place = places[label] ?? byClass.count
    if place == byClass.count {
      places[label] = place
      byClass.append(KeptBoxes())
    }
    if byClass[place].overlaps(boxes[index], above: threshold) { continue }
    byClass[place].append(boxes[index])
    kept.append(index)
  }
  return kept
}

/// Greedy non-maximum suppression of each class for itself.
/// - Parameters:
///   - detections: in any order, boxes in continuous pixels.
///   - threshold: the greatest IoU of two of a class that are kept.
///   - limit: how many are kept at most, those with the highest scores.
/// - Returns: those that are kept, by falling score.
public func nonMaximumSuppression(
  _ detections: [Detection], threshold: Float, limit: Int = .max
) -> [Detection] {
  nonMaximumSuppression(
    detections.map(\.box), scores: detections.map(\.score), classes: detections.map(\.label),
    threshold: threshold, limit: limit
  ).map { detections[$0] }
}

/// Boxes that were kept.
private struct KeptBoxes {
  private var blocks: [BoxBlock] = []
  private var count = 0

  mutating func append(_ box: BoundingBox) {
    let place = count % BoxBlock.count
    if place == 0 { blocks.append(BoxBlock()) }
    blocks[blocks.count - 1].set(place, box)
    count += 1
  }

  /// Whether the IoU of the box with one of these is above the threshold.
  func overlaps(_ box: BoundingBox, above threshold: Float) -> Bool {
    let area = BoxBlock.area(box)
    let limit = SIMD4<Float>(repeating: threshold)
    for block in blocks {
      let (common, union) = block.overlap(box, area: area)
      if any(common / union .> limit) { return true }
    }
    return false
  }
}
