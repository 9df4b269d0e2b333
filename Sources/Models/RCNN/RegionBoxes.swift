import Foundation
import Images

/// Boxes as R-CNN codes and thins them out.
package enum RegionBoxes {
  /// What a proposal must become to be the object (Girshick et al. 2014, appendix C, equations 6 to 9): the way of its
  /// middle in widths and heights, and the logarithms of how its width and height grow.
  /// - Precondition: both have an area.
  package static func targets(_ proposal: BoundingBox, _ object: BoundingBox) -> [Float] {
    [
      (middle(object.left, object.right) - middle(proposal.left, proposal.right)) / proposal.width,
      (middle(object.top, object.bottom) - middle(proposal.top, proposal.bottom)) / proposal.height,
      log(object.width / proposal.width), log(object.height / proposal.height),
    ]
  }

  /// The proposal moved by such targets (equations 1 to 4); neither side grows more than 62.5-fold.
  package static func moved(_ proposal: BoundingBox, by targets: ArraySlice<Float>) -> BoundingBox {
    let first = targets.startIndex
    let most = Float(log(1000.0 / 16))
    let x = middle(proposal.left, proposal.right) + targets[first] * proposal.width
    let y = middle(proposal.top, proposal.bottom) + targets[first + 1] * proposal.height
    let width = proposal.width * exp(min(targets[first + 2], most))
    let height = proposal.height * exp(min(targets[first + 3], most))
    return BoundingBox(
      left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2)
  }

  /// The boxes that are left when of two with an IoU above `overlap` the one with the lower score is dropped, greedily from
  /// the highest: their places, by falling score; of equal scores the earlier place is first.
  package static func kept(_ boxes: [BoundingBox], scores: [Float], overlap: Float) -> [Int] {
    let order = boxes.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    var kept: [Int] = []
    for index in order where kept.allSatisfy({ boxes[index].intersectionOverUnion(boxes[$0]) <= overlap }) {
      kept.append(index)
    }
    return kept
  }

  private static func middle(_ low: Float, _ high: Float) -> Float { (low + high) / 2 }
}
