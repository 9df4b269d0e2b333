import Foundation
import Images

/// Boxes as offsets from others, what regressions learn (Girshick et al. 2014, "R-CNN", appendix C): the middle's shift in
/// widths and heights of the reference, and the logarithms of the quotients of width and height, each times a weight.
///
/// The same numbers as torchvision's `BoxCoder`; boxes are in continuous pixels.
public struct BoxCoder: Hashable, Sendable {
  /// Of x, y, width and height.
  public let weights: SIMD4<Float>
  /// The greatest logarithm that decoding follows.
  public let greatestLogarithm: Float

  /// - Parameters:
  ///   - weights: of x, y, width and height; the reciprocals of the deviations by which Fast R-CNN divides its targets.
  ///   - greatestLogarithm: what logarithms are clamped to from above when decoding, lest a box grow without bounds.
  public init(weights: SIMD4<Float>, greatestLogarithm: Float = Float(log(1000.0 / 16))) {
    self.weights = weights
    self.greatestLogarithm = greatestLogarithm
  }

  /// Weights of 1: region proposals.
  public static let proposals = BoxCoder(weights: SIMD4(1, 1, 1, 1))
  /// Weights of 10, 10, 5, 5, deviations of 0.1 and 0.2: heads over regions.
  public static let regions = BoxCoder(weights: SIMD4(10, 10, 5, 5))

  /// The offsets of a box.
  /// - Parameters:
  ///   - box: what is to be reached; with an area.
  ///   - reference: from where; with an area.
  public func encode(_ box: BoundingBox, from reference: BoundingBox) -> SIMD4<Float> {
    let (width, height) = (reference.right - reference.left, reference.bottom - reference.top)
    let (boxWidth, boxHeight) = (box.right - box.left, box.bottom - box.top)
    let x = reference.left + 0.5 * width
    let y = reference.top + 0.5 * height
    let boxX = box.left + 0.5 * boxWidth
    let boxY = box.top + 0.5 * boxHeight
    return SIMD4(
      weights.x * (boxX - x) / width, weights.y * (boxY - y) / height, weights.z * log(boxWidth / width),
      weights.w * log(boxHeight / height))
  }

  /// The box of offsets: the inverse of ``encode(_:from:)`` where no logarithm is clamped.
  /// - Parameters:
  ///   - offsets: as ``encode(_:from:)`` gives them.
  ///   - reference: from where.
  public func decode(_ offsets: SIMD4<Float>, from reference: BoundingBox) -> BoundingBox {
    let (width, height) = (reference.right - reference.left, reference.bottom - reference.top)
    let offsets = offsets / weights
    let x = offsets.x * width + (reference.left + 0.5 * width)
    let y = offsets.y * height + (reference.top + 0.5 * height)
    let halfWidth = 0.5 * (exp(min(offsets.z, greatestLogarithm)) * width)
    let halfHeight = 0.5 * (exp(min(offsets.w, greatestLogarithm)) * height)
    return BoundingBox(left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight)
  }
}
