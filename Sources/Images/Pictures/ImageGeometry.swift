// Crops, padding, flips and quarter turns: pixels move, none changes.

extension Image {
  /// The `width`×`height` pixels whose top left corner is (`x`, `y`). What lies outside the picture is `fill`.
  public func cropped(x: Int, y: Int, width: Int, height: Int, fill: UInt8 = 0) -> Image {
    if x == 0, y == 0, width == self.width, height == self.height { return self }
    let columns = max(x, 0)..<max(min(x + width, self.width), max(x, 0))
    let rows = max(y, 0)..<max(min(y + height, self.height), max(y, 0))
    let isInside = columns.count == width && rows.count == height
    return Image(width: width, height: height, channels: channels) { target in
      if !isInside { target.update(repeating: fill, count: width * height * channels) }
      pixels.withUnsafeBufferPointer { source in
        for row in rows where !columns.isEmpty {
          (target + ((row - y) * width + columns.lowerBound - x) * channels).update(
            from: source.baseAddress! + (row * self.width + columns.lowerBound) * channels,
            count: columns.count * channels)
        }
      }
    }
  }

  /// The middle `width`×`height` pixels, as torchvision's `center_crop` finds them (halves round to even); a
  /// smaller picture is padded with 0.
  public func centerCropped(width: Int, height: Int) -> Image {
    transformed(by: .crop(Region(centered: width, height, in: size)))
  }

  /// Where a central piece of `length` begins; negative where it is longer than the `extent`.
  static func centerOffset(of length: Int, in extent: Int) -> Int {
    guard length <= extent else { return -((length - extent) / 2) }
    return Int((Double(extent - length) / 2).rounded(.toNearestOrEven))
  }

  /// The picture with `amount` pixels of `value` on every side.
  public func padded(by amount: Int, value: UInt8 = 0) -> Image {
    var result = Image(
      width: width + 2 * amount, height: height + 2 * amount, channels: channels, repeating: value)
    result.paste(self, x: amount, y: amount)
    return result
  }

  /// Copies `other` into this picture with its top left corner at (`x`, `y`).
  /// - Precondition: `other` fits and has the same number of channels.
  public mutating func paste(_ other: Image, x: Int, y: Int) {
    precondition(
      channels == other.channels && x >= 0 && y >= 0 && x + other.width <= width
        && y + other.height <= height,
      "Image.paste: \(other.extents) at (\(x), \(y)) does not fit into \(extents)")
    let stride = rowBytes
    withMutablePixels { target in
      other.pixels.withUnsafeBufferPointer { source in
        for row in 0..<other.height {
          (target + (y + row) * stride + x * other.channels).update(
            from: source.baseAddress! + row * other.rowBytes, count: other.rowBytes)
        }
      }
    }
  }

  /// Left and right swapped.
  public func flippedHorizontally() -> Image {
    remapped(width: width, height: height) { x, y in (width - 1 - x, y) }
  }

  /// Top and bottom swapped.
  public func flippedVertically() -> Image {
    remapped(width: width, height: height) { x, y in (x, height - 1 - y) }
  }

  /// Turned by `count` quarters, counterclockwise.
  public func rotated(quarterTurns count: Int) -> Image {
    switch ((count % 4) + 4) % 4 {
    case 1: remapped(width: height, height: width) { x, y in (width - 1 - y, x) }
    case 2: remapped(width: width, height: height) { x, y in (width - 1 - x, height - 1 - y) }
    case 3: remapped(width: height, height: width) { x, y in (y, height - 1 - x) }
    default: self
    }
  }

  /// The picture turned upright, given the EXIF orientation 1…8 of its pixels.
  func turned(byOrientation orientation: Int) -> Image {
    switch orientation {
    case 2: flippedHorizontally()
    case 3: rotated(quarterTurns: 2)
    case 4: flippedVertically()
    case 5: remapped(width: height, height: width) { x, y in (y, x) }
    case 6: rotated(quarterTurns: 3)
    case 7: remapped(width: height, height: width) { x, y in (width - 1 - y, height - 1 - x) }
    case 8: rotated(quarterTurns: 1)
    default: self
    }
  }

  /// A picture whose pixel (x, y) is this picture's pixel `source(x, y)`.
  private func remapped(width: Int, height: Int, _ source: (Int, Int) -> (x: Int, y: Int)) -> Image {
    Image(width: width, height: height, channels: channels) { target in
      pixels.withUnsafeBufferPointer { pixels in
        for y in 0..<height {
          for x in 0..<width {
            let from = source(x, y)
            let offset = (from.y * self.width + from.x) * channels
            for channel in 0..<channels {
              target[(y * width + x) * channels + channel] = pixels[offset + channel]
            }
          }
        }
      }
    }
  }
}
