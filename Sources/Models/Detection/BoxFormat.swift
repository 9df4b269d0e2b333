import Images

/// How four numbers say where a box is; in continuous pixels, in which a box around columns 3…5 goes from 3 to 6.
public enum BoxFormat: Hashable, CaseIterable, Sendable {
  /// Left, top, right, bottom: `xyxy`.
  case corners
  /// Left, top, width, height: `xywh`.
  case cornerAndSize
  /// The middle's x and y, width, height: `cxcywh`.
  case centerAndSize
}

extension BoundingBox {
  /// - Parameters:
  ///   - numbers: in continuous pixels.
  ///   - format: what they are.
  public init(_ numbers: SIMD4<Float>, as format: BoxFormat) {
    let (x, y, z, w) = (numbers.x, numbers.y, numbers.z, numbers.w)
    switch format {
    case .corners: self.init(left: x, top: y, right: z, bottom: w)
    case .cornerAndSize: self.init(left: x, top: y, right: x + z, bottom: y + w)
    case .centerAndSize:
      self.init(left: x - 0.5 * z, top: y - 0.5 * w, right: x + 0.5 * z, bottom: y + 0.5 * w)
    }
  }

  /// The box as four numbers, in continuous pixels.
  public func numbers(as format: BoxFormat) -> SIMD4<Float> {
    switch format {
    case .corners: SIMD4(left, top, right, bottom)
    case .cornerAndSize: SIMD4(left, top, right - left, bottom - top)
    case .centerAndSize: SIMD4((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
    }
  }

  /// Whether width and height are at least `side` pixels; false where a side is not a number.
  public func isAtLeast(_ side: Float) -> Bool { right - left >= side && bottom - top >= side }

  /// In a picture that was resized: coordinates times the quotients of the sizes, as torchvision's `resize_boxes`.
  /// - Parameters:
  ///   - size: of the picture before.
  ///   - newSize: of the picture after.
  public func scaled(from size: Image.Size, to newSize: Image.Size) -> BoundingBox {
    let x = Float(newSize.width) / Float(size.width)
    let y = Float(newSize.height) / Float(size.height)
    return BoundingBox(left: left * x, top: top * y, right: right * x, bottom: bottom * y)
  }
}
