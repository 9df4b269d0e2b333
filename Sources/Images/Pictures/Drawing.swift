import Foundation

// Boxes with labels drawn into a picture, by whole pixels and the same everywhere.

extension Image {
  /// The colours of ``drawing(_:scale:)``, red, green and blue; neighbours are told apart easily.
  public static let palette: [(red: UInt8, green: UInt8, blue: UInt8)] = [
    (235, 64, 52), (38, 132, 255), (46, 174, 80), (255, 171, 0), (156, 77, 204), (0, 184, 196),
    (255, 105, 180), (150, 205, 50), (255, 112, 30), (94, 96, 206), (0, 150, 120), (200, 160, 90),
  ]

  /// The picture with boxes and a label on each, the first one lowest; in colour also where the picture is grey.
  ///
  /// A label stands above its box where there is room, else inside at its top, moved into the picture. A part outside the
  /// picture is not drawn; a box with a coordinate that is no finite number, or without any part in the picture, is not
  /// drawn at all. Characters other than printable ASCII look like `?`; a diacritic alone is left away.
  /// - Parameters:
  ///   - boxes: where, in continuous pixels of this picture; what stands there (nothing is drawn for an empty text); which
  ///     colour of ``palette``, counted on from its beginning after its end.
  ///   - scale: pixels of a line's width and of a dot of the letters, at least 1; nil for what suits the picture's size.
  public func drawing(_ boxes: [(box: BoundingBox, text: String, color: Int)], scale: Int? = nil) -> Image {
    let dot = max(scale ?? (min(width, height) + 150) / 300, 1)
    var canvas = Canvas(image: converted(toChannels: 3), dot: dot)
    for (box, _, color) in boxes { canvas.outline(box, Self.color(color)) }
    // Above all outlines, so that a neighbour does not run through the letters.
    for (box, text, color) in boxes where !text.isEmpty { canvas.label(text, at: box, Self.color(color)) }
    return canvas.image
  }

  private static func color(_ index: Int) -> [UInt8] {
    let count = palette.count
    let color = palette[((index % count) + count) % count]
    return [color.red, color.green, color.blue]
  }
}

/// A picture that is drawn into.
private struct Canvas {
  var image: Image
  /// Pixels of a dot's side.
  let dot: Int

  /// The sides' lines lie inside the box, about its edge where the box is thin.
  mutating func outline(_ box: BoundingBox, _ color: [UInt8]) {
    guard let (columns, rows) = pixels(of: box) else { return }
    let (x, y) = (columns.lowerBound, rows.lowerBound)
    // What lies outside the picture has no line there.
    if box.top >= 0 { fill(columns, y..<y + dot, color) }
    if box.bottom <= Float(image.height) { fill(columns, rows.upperBound - dot..<rows.upperBound, color) }
    if box.left >= 0 { fill(x..<x + dot, rows, color) }
    if box.right <= Float(image.width) { fill(columns.upperBound - dot..<columns.upperBound, rows, color) }
  }

  mutating func label(_ text: String, at box: BoundingBox, _ color: [UInt8]) {
    guard let (columns, rows) = pixels(of: box) else { return }
    let letters = Self.letters(text)
    let width = (letters.count * BitmapFont.advance + 1) * dot
    let height = (BitmapFont.height + 2) * dot
    let x = max(0, min(columns.lowerBound, image.width - width))
    let y =
      rows.lowerBound >= height
      ? rows.lowerBound - height : min(rows.lowerBound, max(image.height - height, 0))
    fill(x..<x + width, y..<y + height, color)
    let isLight = Image.luma(color[0], color[1], color[2]) > 140
    let ink: [UInt8] = isLight ? [0, 0, 0] : [255, 255, 255]
    for (place, letter) in letters.enumerated() {
      for (row, bits) in BitmapFont.rows(of: letter).enumerated() {
        for column in 0..<BitmapFont.width where bits >> (BitmapFont.width - 1 - column) & 1 == 1 {
          let (left, top) = (x + (place * BitmapFont.advance + 1 + column) * dot, y + (row + 1) * dot)
          fill(left..<left + dot, top..<top + dot, ink)
        }
      }
    }
  }

  /// "é" as its "e".
  private static func letters(_ text: String) -> [Unicode.Scalar] {
    text.decomposedStringWithCanonicalMapping.unicodeScalars.filter {
      !$0.properties.isDiacritic || $0.isASCII
    }
  }

  /// The whole pixels that a box covers, one at least each way; nil where none is in the picture.
  private func pixels(of box: BoundingBox) -> (columns: Range<Int>, rows: Range<Int>)? {
    guard [box.left, box.top, box.right, box.bottom].allSatisfy(\.isFinite) else { return nil }
    guard box.left < Float(image.width), box.top < Float(image.height), box.right > 0, box.bottom > 0,
      box.left <= box.right, box.top <= box.bottom
    else { return nil }
    let inside = box.clipped(to: image.size)
    func range(_ low: Float, _ high: Float, _ extent: Int) -> Range<Int> {
      let start = min(Int(low.rounded()), extent - 1)
      return start..<max(min(Int(high.rounded()), extent), start + 1)
    }
    return (range(inside.left, inside.right, image.width), range(inside.top, inside.bottom, image.height))
  }

  /// What of it is in the picture.
  private mutating func fill(_ columns: Range<Int>, _ rows: Range<Int>, _ color: [UInt8]) {
    let columns = columns.clamped(to: 0..<image.width)
    let rows = rows.clamped(to: 0..<image.height)
    let stride = image.rowBytes
    image.withMutablePixels { pixels in
      for y in rows {
        for x in columns {
          for channel in 0..<3 { pixels[y * stride + x * 3 + channel] = color[channel] }
        }
      }
    }
  }
}
