/// The class of each pixel of a picture. Changes take the nearest pixel: classes are not mixed.
public struct SegmentationMask: Hashable, Sendable {
  /// The picture's.
  public let size: Image.Size
  /// Rows from the top, `height * width` classes.
  public let classes: [UInt8]
  /// The class of pixels that come from outside a picture: the background's, or one that a loss leaves out.
  public let outside: UInt8

  /// - Precondition: there is a class for each pixel.
  public init(width: Int, height: Int, classes: [UInt8], outside: UInt8 = 0) {
    precondition(
      classes.count == width * height,
      "SegmentationMask: \(classes.count) classes do not fill \(width)×\(height)")
    size = Image.Size(width: width, height: height)
    self.classes = classes
    self.outside = outside
  }

  /// The class of the pixel in column `x` of row `y`.
  public subscript(x: Int, y: Int) -> UInt8 { classes[y * size.width + x] }
}

extension SegmentationMask: GeometricTarget {
  /// - Precondition: the mask has the picture's size.
  public func transformed(by change: GeometricChange, in size: Image.Size) -> SegmentationMask {
    precondition(size == self.size, "SegmentationMask: of \(self.size) for a picture of \(size)")
    let new = change.size(of: size)
    var result: [UInt8] = []
    result.reserveCapacity(new.width * new.height)
    for y in 0..<new.height {
      for x in 0..<new.width {
        let source = change.source(of: SIMD2(Double(x) + 0.5, Double(y) + 0.5), in: size)
        let (column, row) = (Int(source.x.rounded(.down)), Int(source.y.rounded(.down)))
        let isInside = 0..<size.width ~= column && 0..<size.height ~= row
        result.append(isInside ? classes[row * size.width + column] : outside)
      }
    }
    return SegmentationMask(width: new.width, height: new.height, classes: result, outside: outside)
  }
}
