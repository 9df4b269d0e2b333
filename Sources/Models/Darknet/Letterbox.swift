import Engine
import Images

/// How darknet brings a picture to a network's size: as large as it fits, its shape kept, in the middle of grey; or stretched to
/// all of it, as for version 1 and where a configuration says `letter_box=0`.
///
/// The resize is darknet's own (`letterbox_image` and `resize_image` of `image.c`): bilinear between corner pixels that
/// stay corner pixels, without antialiasing, in floating point from values between 0 and 1. The grey is 0.5.
public struct Letterbox: Hashable, Sendable {
  /// The network's.
  public let size: Image.Size
  /// Whether pictures are stretched to all of the size, whatever their shape.
  public let stretches: Bool

  /// - Parameters:
  ///   - size: the network's.
  ///   - stretches: whether pictures are stretched to all of it.
  public init(_ size: Image.Size, stretches: Bool = false) { (self.size, self.stretches) = (size, stretches) }

  /// Where a picture of that size comes to lie.
  public func place(of picture: Image.Size) -> Image.Region {
    var (width, height) = (size.width, size.height)
    guard !stretches else { return Image.Region(x: 0, y: 0, width: width, height: height) }
    // The quotients in Float and the truncated products are darknet's.
    if Float(size.width) / Float(picture.width) < Float(size.height) / Float(picture.height) {
      height = max(picture.height * size.width / picture.width, 1)
    } else {
      width = max(picture.width * size.height / picture.height, 1)
    }
    return Image.Region(
      x: (size.width - width) / 2, y: (size.height - height) / 2, width: width, height: height)
  }

  /// The picture as the network takes it, `[1, height, width, channels]`.
  public func callAsFunction(_ picture: Image) -> Tensor {
    let (place, channels) = (place(of: picture.size), picture.channels)
    let columns = Taps(from: picture.width, to: place.width)
    let rows = Taps(from: picture.height, to: place.height)
    let line = place.width * channels
    // Each of the picture's rows at the new width, then each new row between two of them.
    let wide = picture.pixels.withUnsafeBufferPointer { pixels in
      [Float](unsafeUninitializedCapacity: picture.height * line) { wide, count in
        for row in 0..<picture.height {
          let source = row * picture.width * channels
          for column in 0..<place.width {
            let (first, second, weight) = columns[column]
            for c in 0..<channels {
              let a = Float(pixels[source + first * channels + c]) / 255
              let b = Float(pixels[source + second * channels + c]) / 255
              wide.initializeElement(
                at: row * line + column * channels + c, to: (1 - weight) * a + weight * b)
            }
          }
        }
        count = picture.height * line
      }
    }
    return Tensor(shape: [1, size.height, size.width, channels]) { elements in
      elements.initialize(repeating: 0.5)
      wide.withUnsafeBufferPointer { wide in
        for row in 0..<place.height {
          let (first, second, weight) = rows[row]
          let start = ((place.y + row) * size.width + place.x) * channels
          for i in 0..<line {
            elements[start + i] = (1 - weight) * wide[first * line + i] + weight * wide[second * line + i]
          }
        }
      }
    }
  }

  /// A box of the network's input as one of the picture.
  /// - Parameters:
  ///   - box: in continuous pixels of the network's input.
  ///   - picture: the picture's size.
  /// - Returns: in continuous pixels of the picture; it may reach beyond.
  public func restored(_ box: BoundingBox, in picture: Image.Size) -> BoundingBox {
    let place = place(of: picture)
    let across = Float(picture.width) / Float(place.width)
    let down = Float(picture.height) / Float(place.height)
    return BoundingBox(
      left: (box.left - Float(place.x)) * across, top: (box.top - Float(place.y)) * down,
      right: (box.right - Float(place.x)) * across, bottom: (box.bottom - Float(place.y)) * down)
  }
}

/// Between which two pixels of a line each new one is, and how much of the second it has.
private struct Taps {
  private let taps: [(Int, Int, Float)]

  init(from extent: Int, to new: Int) {
    let scale = Float(extent - 1) / Float(max(new - 1, 1))
    taps = (0..<new).map { index in
      if index == new - 1 { return (extent - 1, extent - 1, 0) }
      let place = Float(index) * scale
      let first = min(Int(place), extent - 1)
      return (first, min(first + 1, extent - 1), place - Float(first))
    }
  }

  subscript(index: Int) -> (first: Int, second: Int, weight: Float) { taps[index] }
}
