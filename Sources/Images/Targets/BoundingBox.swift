/// A rectangle in a picture, in continuous pixels: pixel (i, j) is the square from (i, j) to (i + 1, j + 1), so that a box
/// around columns 3…5 has left 3 and right 6, and is 3 wide.
public struct BoundingBox: Hashable, Codable, Sendable {
  /// The least x.
  public var left: Float
  /// The least y.
  public var top: Float
  /// The greatest x.
  public var right: Float
  /// The greatest y.
  public var bottom: Float

  /// In continuous pixels.
  public init(left: Float, top: Float, right: Float, bottom: Float) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// In pixels; negative where the sides are the wrong way round.
  public var width: Float { right - left }
  /// In pixels; negative where the sides are the wrong way round.
  public var height: Float { bottom - top }
  /// In pixels; 0 where a side is not positive.
  public var area: Float { max(width, 0) * max(height, 0) }

  /// The area that both cover, in square pixels.
  public func intersection(_ other: BoundingBox) -> Float {
    let width = min(right, other.right) - max(left, other.left)
    let height = min(bottom, other.bottom) - max(top, other.top)
    return max(width, 0) * max(height, 0)
  }

  /// Intersection over union, from 0 to 1; 0 where neither has an area.
  public func intersectionOverUnion(_ other: BoundingBox) -> Float {
    let common = intersection(other)
    let union = area + other.area - common
    return union > 0 ? common / union : 0
  }

  /// The part in a picture of that size; a box outside has no area.
  public func clipped(to size: Image.Size) -> BoundingBox {
    func clamp(_ value: Float, _ limit: Int) -> Float { min(max(value, 0), Float(limit)) }
    return BoundingBox(
      left: clamp(left, size.width), top: clamp(top, size.height), right: clamp(right, size.width),
      bottom: clamp(bottom, size.height))
  }
}

extension BoundingBox: LocatedObject {
  /// The box around where its corners come to lie, clipped to the picture; nil where no area is left.
  public func transformed(by change: GeometricChange, in size: Image.Size) -> BoundingBox? {
    let corners = [(left, top), (right, top), (left, bottom), (right, bottom)].map { x, y in
      change.destination(of: SIMD2(Double(x), Double(y)), in: size)
    }
    let (x, y) = (corners.map(\.x), corners.map(\.y))
    let box = BoundingBox(
      left: Float(x.min()!), top: Float(y.min()!), right: Float(x.max()!), bottom: Float(y.max()!)
    ).clipped(to: change.size(of: size))
    return box.area > 0 ? box : nil
  }
}
