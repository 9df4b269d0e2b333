extension Image {
  /// Width and height in pixels.
  public struct Size: Hashable, Codable, Sendable, CustomStringConvertible {
    /// Columns.
    public var width: Int
    /// Rows.
    public var height: Int

    /// In pixels.
    public init(width: Int, height: Int) {
      self.width = width
      self.height = height
    }

    /// As messages say it.
    public var description: String { "\(width)×\(height)" }

    /// The shorter side `extent` pixels long and the shape kept, the longer side rounded down as torchvision's
    /// `Resize(extent)` does.
    public func scaled(shorterSide extent: Int) -> Size {
      func longer(_ long: Int, _ short: Int) -> Int {
        // torchvision divides in floating point, then truncates.
        Int(Double(extent * long) / Double(short))
      }
      return width <= height
        ? Size(width: extent, height: longer(height, width))
        : Size(width: longer(width, height), height: extent)
    }

    /// The shorter side `extent` pixels long, or less where the longer side would have more than `longest`; the shape kept,
    /// both sides rounded down, at least 1: the rule of torchvision's `GeneralizedRCNNTransform`, whose scale is a reciprocal
    /// in single precision times a length.
    /// - Precondition: `extent` and `longest` are positive.
    public func scaled(shorterSide extent: Int, longest: Int) -> Size {
      precondition(extent > 0 && longest > 0, "Image.Size.scaled: shorter side \(extent), longest \(longest)")
      let scale = min(
        1 / Float(min(width, height)) * Float(extent), 1 / Float(max(width, height)) * Float(longest))
      func scaled(_ side: Int) -> Int { max(Int((Double(side) * Double(scale)).rounded(.down)), 1) }
      return Size(width: scaled(width), height: scaled(height))
    }

    /// Where a picture of this size comes to lie that is made as large as fits into `size`, the shape kept, in its middle:
    /// sides and margins in whole numbers rounded down, as darknet's `letterbox_image`.
    public func letterboxed(in size: Size) -> Region {
      var new = size
      if size.width * height < size.height * width {
        new.height = max(height * size.width / width, 1)
      } else {
        new.width = max(width * size.height / height, 1)
      }
      return Region(
        x: (size.width - new.width) / 2, y: (size.height - new.height) / 2, width: new.width,
        height: new.height)
    }
  }

  /// A rectangle of whole pixels: columns `x..<x + width` of rows `y..<y + height`. It may reach beyond a picture.
  public struct Region: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The first column.
    public var x: Int
    /// The first row.
    public var y: Int
    /// How many columns.
    public var width: Int
    /// How many rows.
    public var height: Int

    /// In whole pixels.
    public init(x: Int, y: Int, width: Int, height: Int) {
      self.x = x
      self.y = y
      self.width = width
      self.height = height
    }

    /// The middle `width`×`height` pixels, as torchvision's `center_crop` finds them (halves round to even); it reaches
    /// beyond a smaller picture.
    public init(centered width: Int, _ height: Int, in size: Size) {
      self.init(
        x: Image.centerOffset(of: width, in: size.width), y: Image.centerOffset(of: height, in: size.height),
        width: width, height: height)
    }

    /// Width and height.
    public var size: Size { Size(width: width, height: height) }
    /// As messages say it.
    public var description: String { "\(size) at (\(x), \(y))" }

    /// Whether all of it is in a picture of that size.
    func isInside(_ size: Size) -> Bool {
      x >= 0 && y >= 0 && x + width <= size.width && y + height <= size.height
    }
  }

  /// Width and height.
  public var size: Size { Size(width: width, height: height) }
}
