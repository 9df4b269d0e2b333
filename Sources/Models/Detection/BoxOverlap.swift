import Engine
import Images

/// Which measure of two boxes' overlap.
public enum BoxOverlap: Hashable, Sendable {
  /// Intersection over union, from 0 to 1; 0 where neither box has an area.
  case intersectionOverUnion
  /// Generalized IoU (Rezatofighi et al. 2019), from −1 to 1: IoU less the share of the least box around both that
  /// neither covers.
  case generalized

  /// - Parameters:
  ///   - a: a box in continuous pixels.
  ///   - b: another one.
  public func callAsFunction(_ a: BoundingBox, _ b: BoundingBox) -> Float {
    let width = max(min(a.right, b.right) - max(a.left, b.left), 0)
    let height = max(min(a.bottom, b.bottom) - max(a.top, b.top), 0)
    let common = width * height
    let union = Self.area(a) + Self.area(b) - common
    let overlap = union > 0 ? common / union : 0
    guard self == .generalized else { return overlap }
    let hull =
      max(max(a.right, b.right) - min(a.left, b.left), 0)
      * max(max(a.bottom, b.bottom) - min(a.top, b.top), 0)
    return hull > 0 ? overlap - (hull - union) / hull : overlap
  }

  /// The overlap of each box of one list with each of another, as torchvision's `box_iou` and `generalized_box_iou`.
  /// - Returns: `[a.count, b.count]`.
  public func callAsFunction(_ a: [BoundingBox], _ b: [BoundingBox]) -> Tensor {
    Tensor(shape: [a.count, b.count]) { elements in
      for (i, first) in a.enumerated() {
        for (j, second) in b.enumerated() {
          elements.initializeElement(at: i * b.count + j, to: self(first, second))
        }
      }
    }
  }

  /// Here, so that loops over many pairs have it inlined.
  @inline(__always)
  private static func area(_ box: BoundingBox) -> Float {
    max(box.right - box.left, 0) * max(box.bottom - box.top, 0)
  }
}
