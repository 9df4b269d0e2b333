import Engine
import Images

/// The boxes that region proposals start from (Ren et al. 2015, "Faster R-CNN", section 3.1.1): at each cell of each feature
/// map one of each size and shape, about the cell's upper left corner. The same boxes in the same order as torchvision's
/// `AnchorGenerator`.
public struct AnchorGenerator: Hashable, Sendable {
  /// For each feature map the square roots of the areas, in pixels.
  public let sizes: [[Float]]
  /// For each feature map the quotients of height and width.
  public let aspectRatios: [[Float]]
  /// For each feature map the boxes about the point (0, 0), shape by shape and within a shape by size; sides are rounded to
  /// whole pixels, halves to even.
  public let bases: [[BoundingBox]]

  /// - Parameters:
  ///   - sizes: for each feature map the square roots of the areas, in pixels.
  ///   - aspectRatios: for each feature map the quotients of height and width.
  public init(sizes: [[Float]], aspectRatios: [[Float]]) {
    precondition(
      sizes.count == aspectRatios.count && !sizes.isEmpty,
      "AnchorGenerator: sizes for \(sizes.count) feature maps, aspect ratios for \(aspectRatios.count)")
    self.sizes = sizes
    self.aspectRatios = aspectRatios
    bases = zip(sizes, aspectRatios).map { sizes, ratios in
      ratios.flatMap { ratio in
        let height = ratio.squareRoot()
        let width = 1 / height
        return sizes.map { size in
          let x = (width * size / 2).rounded(.toNearestOrEven)
          let y = (height * size / 2).rounded(.toNearestOrEven)
          return BoundingBox(left: -x, top: -y, right: x, bottom: y)
        }
      }
    }
  }

  /// One size a level, 32 to 512, in three shapes: `fasterrcnn_resnet50_fpn`'s, for five levels.
  public static let pyramid = AnchorGenerator(
    sizes: [[32], [64], [128], [256], [512]], aspectRatios: Array(repeating: [0.5, 1, 2], count: 5))

  /// Five sizes, 32 to 512, in three shapes, for one feature map: the paper's three and two smaller ones.
  public static let single = AnchorGenerator(sizes: [[32, 64, 128, 256, 512]], aspectRatios: [[0.5, 1, 2]])

  /// The anchors of a batch's pictures, for each feature map: row by row, cell by cell, in the order of ``bases``. They may
  /// reach beyond the picture.
  /// - Parameters:
  ///   - grids: height and width of each feature map.
  ///   - picture: height and width of the padded pictures. Cells are as far apart as they go into it, rounded down.
  /// - Precondition: there are as many grids as sizes.
  public func callAsFunction(grids: [Size2D], picture: Size2D) -> [[BoundingBox]] {
    precondition(
      grids.count == bases.count, "AnchorGenerator: \(grids.count) feature maps, anchors for \(bases.count)")
    return zip(grids, bases).map { grid, bases in
      let (stepY, stepX) = (picture.y / grid.y, picture.x / grid.x)
      var anchors: [BoundingBox] = []
      anchors.reserveCapacity(grid.y * grid.x * bases.count)
      for row in 0..<grid.y {
        for column in 0..<grid.x {
          let (x, y) = (Float(column * stepX), Float(row * stepY))
          for base in bases {
            anchors.append(
              BoundingBox(
                left: x + base.left, top: y + base.top, right: x + base.right, bottom: y + base.bottom))
          }
        }
      }
      return anchors
    }
  }
}
