/// A picture at a part of its scale that stands for the whole one: changes are given in the whole one's pixels, and done where
/// these lie between the pixels that there are.
struct ReducedPicture {
  private var image: Image
  /// How many of the whole picture's columns and rows are one here.
  private let factor: Double
  /// Of the whole picture, after the changes so far.
  private var size: Image.Size
  /// Where in `image` its upper left corner is.
  private var corner: SIMD2<Double>

  /// - Parameters:
  ///   - image: decoded and turned upright.
  ///   - scale: at which it was decoded.
  ///   - size: of the whole picture, upright.
  ///   - orientation: the EXIF orientation by which it was turned, 1…8.
  init(
    _ image: Image, at scale: EncodedPicture.Scale, from size: Image.Size,
    turnedByOrientation orientation: Int
  ) {
    self.image = image
    self.size = size
    factor = Double(scale.rawValue)
    // As it is stored, what is left over of the last column and row lies right and below.
    let (isLeft, isAbove) = ([2, 3, 6, 7].contains(orientation), [3, 4, 7, 8].contains(orientation))
    let spare = SIMD2(
      Double(image.width) - Double(size.width) / factor, Double(image.height) - Double(size.height) / factor)
    corner = SIMD2(isLeft ? spare.x : 0, isAbove ? spare.y : 0)
  }

  /// What the changes make of the whole picture, the first one first.
  /// - Precondition: they begin with a resize, or with flips and pieces inside the picture and then a resize.
  func transformed(by changes: [GeometricChange]) -> Image {
    var picture = self
    for (index, change) in changes.enumerated() {
      switch change {
      case .horizontalFlip:
        picture.image = picture.image.flippedHorizontally()
        picture.corner.x = Double(image.width) - picture.corner.x - Double(picture.size.width) / factor
      case .verticalFlip:
        picture.image = picture.image.flippedVertically()
        picture.corner.y = Double(image.height) - picture.corner.y - Double(picture.size.height) / factor
      case .crop(let region, _):
        picture.corner += SIMD2(Double(region.x), Double(region.y)) / factor
        picture.size = region.size
      case .resize(let new, let interpolation):
        // Of a resize that a crop follows, only what the crop keeps is computed, as where the picture is whole.
        if index + 1 < changes.count, case .crop(let region, _) = changes[index + 1], region.isInside(new) {
          return picture.resized(to: new, region, interpolation)
            .transformed(by: Array(changes[(index + 2)...]))
        }
        let whole = Image.Region(x: 0, y: 0, width: new.width, height: new.height)
        return picture.resized(to: new, whole, interpolation)
          .transformed(by: Array(changes[(index + 1)...]))
      case .rotation, .affine:
        preconditionFailure("ReducedPicture: \(change) before a resize")
      }
    }
    preconditionFailure("ReducedPicture: changes without a resize")
  }

  /// A part of the whole picture at another size. Pixels around it have no influence, but for those that it has a share of.
  private func resized(to new: Image.Size, _ part: Image.Region, _ interpolation: Interpolation) -> Image {
    let (across, columns) = Self.pixels(from: corner.x, Double(size.width) / factor, of: image.width)
    let (down, rows) = Self.pixels(from: corner.y, Double(size.height) / factor, of: image.height)
    return image.cropped(x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
      .resized(
        width: new.width, height: new.height, columns: part.x..<part.x + part.width,
        rows: part.y..<part.y + part.height, across: across, down: down, interpolation: interpolation)
  }

  /// The pixels of a line that have a share of a part of it, and where in them the part is; nil where it is all of them.
  private static func pixels(
    from start: Double, _ length: Double, of count: Int
  ) -> (span: LineSpan?, pixels: Range<Int>) {
    let first = Int(start)
    let end = min(Int((start + length).rounded(.up)), count)
    let isAll = start == Double(first) && length == Double(end - first)
    return (isAll ? nil : LineSpan(start: start - Double(first), length: length), first..<end)
  }
}
