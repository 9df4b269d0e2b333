import Engine
import Foundation
import Images

/// Feature maps pooled over boxes of pictures, each from the map that suits its size.
public struct RegionPooler: Hashable, Sendable {
  /// How a region is pooled.
  public enum Kind: Hashable, Sendable {
    /// The average of interpolated samples, so many a bin along each axis, 0 for as many as it has cells.
    case align(samplingRatio: Int, aligned: Bool = false)
    /// The largest element of each bin; of one map alone.
    case maximum
  }

  /// How a region is pooled.
  public let kind: Kind
  /// Bins down and across.
  public let size: Int

  /// - Parameters:
  ///   - kind: how a region is pooled.
  ///   - size: bins down and across.
  public init(_ kind: Kind = .align(samplingRatio: 2), size: Int = 7) {
    (self.kind, self.size) = (kind, size)
  }

  /// The pooled regions of all pictures, one picture after another, `[boxes, size, size, C]`.
  ///
  /// The level of a box is equation 1 of Lin et al. 2017, ⌊4 + log₂(√area / 224)⌋, limited to the maps; a map's scale is its
  /// extents over the picture's, to the nearest power of two. Both as torchvision's `MultiScaleRoIAlign`. Where no map has the
  /// level, it is the next finer one.
  /// - Parameters:
  ///   - maps: `[N, H, W, C]`, the finest first.
  ///   - boxes: of each picture, in pixels of the padded picture.
  ///   - picture: height and width of the padded pictures.
  public func callAsFunction(_ maps: [Tensor], _ boxes: [[BoundingBox]], picture: Size2D) -> Tensor {
    let exponents = maps.map { -log2(Double($0.shape[1]) / Double(picture.y)).rounded() }
    let scales = exponents.map { Float(exp2(-$0)) }
    let (finest, coarsest) = (Float(exponents[0]), Float(exponents.last!))
    let regions = boxes.enumerated().flatMap { image, boxes in
      boxes.map { box in
        let level = maps.count == 1 ? finest : Self.level(of: box, finest...coarsest)
        return RegionOfInterest(
          image: image, level: exponents.lastIndex { Float($0) <= level } ?? 0, left: box.left, top: box.top,
          right: box.right, bottom: box.bottom)
      }
    }
    switch kind {
    case .align(let samplingRatio, let aligned):
      return roiAlign(
        maps, scales: scales, regions, size: Size2D(size), samplingRatio: samplingRatio, aligned: aligned)
    case .maximum:
      precondition(maps.count == 1, "RegionPooler: the maximum over \(maps.count) maps")
      return roiPool(maps[0], regions, size: Size2D(size), scale: scales[0])
    }
  }

  /// Level k has cells of 2ᵏ pixels.
  package static func level(of box: BoundingBox, _ levels: ClosedRange<Float>) -> Float {
    let extent = ((box.right - box.left) * (box.bottom - box.top)).squareRoot()
    let level = (4 + log2(extent / 224) + 1e-6).rounded(.down)
    return min(max(level, levels.lowerBound), levels.upperBound)  // Without an area: the finest.
  }
}
