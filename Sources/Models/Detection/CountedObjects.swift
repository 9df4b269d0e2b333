import Images

// Which annotated objects count. Crowds (COCO's `iscrowd`) and difficult objects (Pascal VOC's `difficult`, COCO's `ignore`) are
// not learnt, and what a detector says where they are is neither right nor wrong, in training as in VOC's metrics; in COCO's
// that holds of crowds, and ILSVRC's know neither. torchvision's references leave crowds out before training, so that they are
// background; Detectron ignores regions of which 0.7 lies in one; darknet's converter leaves difficult objects out where it is
// asked to.

extension LabelledBox {
  /// Whether it is to be learnt, and must be found by VOC's metrics: neither a crowd nor difficult.
  package var counts: Bool { !isDifficult && !isCrowd }

  /// Whether a box without an object that counts teaches nothing for the sake of this one: at least half of it lies in a crowd,
  /// as in COCO's metric and in VOC's here, or it has an IoU of at least 0.5 with a difficult object, as in VOC's. Never of what
  /// counts.
  package func excuses(_ other: BoundingBox) -> Bool {
    if counts { return false }
    return isCrowd
      ? other.area > 0 && box.intersection(other) >= 0.5 * other.area
      : box.intersectionOverUnion(other) >= 0.5
  }
}

extension Matcher {
  /// Matches boxes by IoU to the objects that are to be learnt; crowds and difficult ones have no candidates. What would be
  /// background is ignored where at least half of it lies in a crowd, or its IoU with a difficult object is at least 0.5.
  /// - Parameters:
  ///   - candidates: in continuous pixels.
  ///   - objects: in continuous pixels; indices of matches are among all of them.
  public func callAsFunction(_ candidates: [BoundingBox], toObjects objects: [LabelledBox]) -> [Match] {
    let counted = objects.indices.filter { objects[$0].counts }
    let others = objects.filter { !$0.counts }
    let matches = self(candidates, to: counted.map { objects[$0].box })
    return zip(candidates, matches).map { candidate, match in
      switch match {
      case .object(let place): .object(counted[place])
      case .background: others.contains { $0.excuses(candidate) } ? .ignored : .background
      case .ignored: .ignored
      }
    }
  }
}
