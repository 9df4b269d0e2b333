import Foundation

extension Image {
  /// Turned by `degrees` counterclockwise about its middle, at the same size, with bilinear interpolation, bit for
  /// bit as Pillow's `rotate`. What comes from outside the picture is `fill`.
  /// - Precondition: `fill` has one value a channel, or is nil for 0.
  public func rotated(degrees: Double, fill: [UInt8]? = nil) -> Image {
    precondition(
      fill == nil || fill?.count == channels,
      "Image.rotated: a fill of \(fill ?? []) for \(channels) channels")
    let angle = degrees - 360 * (degrees / 360).rounded(.down)
    if angle == 0 { return self }
    if angle == 180 { return rotated(quarterTurns: 2) }
    if width == height, angle == 90 || angle == 270 { return rotated(quarterTurns: Int(angle / 90)) }

    let map = RotationMap(degrees: angle, width: width, height: height)
    let fill = fill ?? [UInt8](repeating: 0, count: channels)
    return Image(width: width, height: height, channels: channels) { target in
      pixels.withUnsafeBufferPointer { source in
        var pixel = target
        for y in 0..<height {
          for x in 0..<width {
            let (sourceX, sourceY) = map.source(x, y)
            if sourceX >= 0, sourceX < Double(width), sourceY >= 0, sourceY < Double(height) {
              interpolate(source.baseAddress!, x: sourceX - 0.5, y: sourceY - 0.5, into: pixel)
            } else {
              for channel in 0..<channels { pixel[channel] = fill[channel] }
            }
            pixel += channels
          }
        }
      }
    }
  }

  /// The four pixels around (x, y), mixed and truncated; at the edge the nearest is repeated.
  @inline(__always)
  private func interpolate(
    _ source: UnsafePointer<UInt8>, x: Double, y: Double, into target: UnsafeMutablePointer<UInt8>
  ) {
    let (column, row) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
    let (dx, dy) = (x - Double(column), y - Double(row))
    let left = min(max(column, 0), width - 1) * channels
    let right = min(max(column + 1, 0), width - 1) * channels
    let top = source + min(max(row, 0), height - 1) * rowBytes
    let bottom = row + 1 < height ? source + (row + 1) * rowBytes : top
    for channel in 0..<channels {
      func mix(_ line: UnsafePointer<UInt8>) -> Double {
        let (a, b) = (Double(line[left + channel]), Double(line[right + channel]))
        return a + (b - a) * dx
      }
      let (a, b) = (mix(top), mix(bottom))
      target[channel] = UInt8(a + (b - a) * dy)
    }
  }
}

/// Where in the source a pixel of a rotated picture lies.
private struct RotationMap {
  private let cosine, sine, offsetX, offsetY: Double

  init(degrees: Double, width: Int, height: Int) {
    // Pillow rounds to 15 decimals, so that right angles are exact.
    func rounded(_ value: Double) -> Double { (value * 1e15).rounded() / 1e15 }
    let radians = -degrees * .pi / 180
    let (middleX, middleY) = (Double(width) / 2, Double(height) / 2)
    cosine = rounded(cos(radians))
    sine = rounded(sin(radians))
    offsetX = cosine * -middleX + sine * -middleY + middleX
    offsetY = -sine * -middleX + cosine * -middleY + middleY
  }

  @inline(__always)
  func source(_ x: Int, _ y: Int) -> (Double, Double) {
    let (x, y) = (Double(x) + 0.5, Double(y) + 0.5)
    return (cosine * x + sine * y + offsetX, -sine * x + cosine * y + offsetY)
  }
}
