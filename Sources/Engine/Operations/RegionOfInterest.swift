/// A rectangle in one picture of a batch, in continuous pixels of the picture: what is pooled from a feature map.
public struct RegionOfInterest: Hashable, Sendable {
  /// The picture in the batch.
  public var image: Int
  /// The feature map that it is pooled from, where there are several; see ``roiAlign(_:scales:_:size:samplingRatio:aligned:)``.
  public var level: Int
  /// The least x.
  public var left: Float
  /// The least y.
  public var top: Float
  /// The greatest x.
  public var right: Float
  /// The greatest y.
  public var bottom: Float

  /// - Parameters:
  ///   - image: the picture in the batch.
  ///   - level: the feature map that it is pooled from.
  ///   - left: the least x, in continuous pixels of the picture.
  ///   - top: the least y.
  ///   - right: the greatest x.
  ///   - bottom: the greatest y.
  public init(image: Int, level: Int = 0, left: Float, top: Float, right: Float, bottom: Float) {
    (self.image, self.level) = (image, level)
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  /// Farther out no grid of cells can be counted.
  static let limit: Float = 0x1p24

  /// Whether every side is a number of pixels that can be counted.
  var isUsable: Bool {
    [left, top, right, bottom].allSatisfy { abs($0) <= Self.limit }
  }
}
