import Foundation

/// Where in a picture the points of a changed one come from: (a·x + b·y + c, d·x + e·y + f) is the source of (x, y).
///
/// Points are continuous: pixel (i, j) is the square from (i, j) to (i + 1, j + 1). The numbers are those of Pillow's
/// `Image.transform` with `AFFINE`.
public struct AffineMap: Hashable, Sendable {
  let a, b, c, d, e, f: Double

  /// - Parameters:
  ///   - x: a, b and c.
  ///   - y: d, e and f.
  /// - Precondition: the numbers are below 2³¹, and the map has an inverse.
  public init(x: (Double, Double, Double), y: (Double, Double, Double)) {
    (a, b, c) = x
    (d, e, f) = y
    precondition(
      [a, b, c, d, e, f].allSatisfy { abs($0) < 0x1p31 } && a * e - b * d != 0,
      "AffineMap: (\(a), \(b), \(c)), (\(d), \(e), \(f)) has no inverse, or is out of range")
  }

  /// Rows moved against each other: row y by −`slope`·y to the right; the upper edge stays.
  public static func shear(rowsBy slope: Double) -> AffineMap {
    AffineMap(x: (1, slope, 0), y: (0, 1, 0))
  }

  /// Columns moved against each other: column x by −`slope`·x downwards; the left edge stays.
  public static func shear(columnsBy slope: Double) -> AffineMap {
    AffineMap(x: (1, 0, 0), y: (slope, 1, 0))
  }

  /// Everything moved to the right and down, in pixels.
  public static func translation(x: Double, y: Double) -> AffineMap {
    AffineMap(x: (1, 0, -x), y: (0, 1, -y))
  }

  /// Turned counterclockwise, as it is seen, about the middle of a picture of that size.
  public static func rotation(degrees: Double, in size: Image.Size) -> AffineMap {
    // Pillow rounds to 15 decimals, so that right angles are exact.
    func rounded(_ value: Double) -> Double { (value * 1e15).rounded() / 1e15 }
    let angle = degrees - 360 * (degrees / 360).rounded(.down)
    let radians = -angle * .pi / 180
    let (x, y) = (Double(size.width) / 2, Double(size.height) / 2)
    let (cosine, sine) = (rounded(cos(radians)), rounded(sin(radians)))
    return AffineMap(
      x: (cosine, sine, cosine * -x + sine * -y + x), y: (-sine, cosine, -sine * -x + cosine * -y + y))
  }

  /// Where a point of the changed picture comes from.
  public func source(of point: SIMD2<Double>) -> SIMD2<Double> {
    SIMD2(a * point.x + b * point.y + c, d * point.x + e * point.y + f)
  }

  /// Where a point of the picture goes: the inverse of ``source(of:)``.
  public func destination(of point: SIMD2<Double>) -> SIMD2<Double> {
    let (x, y, determinant) = (point.x - c, point.y - f, a * e - b * d)
    return SIMD2((e * x - b * y) / determinant, (a * y - d * x) / determinant)
  }
}

/// How a pixel is made of those around the point that it comes from.
public enum PixelSampling: String, Codable, Hashable, Sendable {
  /// The pixel in which the point lies.
  case nearest
  /// The four pixels around the point.
  case bilinear
}

extension Image {
  /// The picture whose points come from where a map says, at the same size, bit for bit as Pillow's `transform` of maps that
  /// turn, shear or move. What comes from outside is `fill`.
  /// - Parameters:
  ///   - map: of points of the result to points of this picture.
  ///   - sampling: how pixels are made.
  ///   - fill: a value a channel, or nil for 0.
  public func mapped(
    by map: AffineMap, sampling: PixelSampling = .nearest, fill: [UInt8]? = nil
  ) -> Image {
    precondition(
      fill == nil || fill?.count == channels,
      "Image.mapped: a fill of \(fill ?? []) for \(channels) channels")
    let fill = fill ?? [UInt8](repeating: 0, count: channels)
    return Image(width: width, height: height, channels: channels) { target in
      pixels.withUnsafeBufferPointer { source in
        switch sampling {
        case .nearest: takeNearest(source.baseAddress!, map, fill, into: target)
        case .bilinear: interpolate(source.baseAddress!, map, fill, into: target)
        }
      }
    }
  }

  /// In fixed point with 16 bits for the fraction, as Pillow's `affine_fixed`.
  private func takeNearest(
    _ source: UnsafePointer<UInt8>, _ map: AffineMap, _ fill: [UInt8],
    into target: UnsafeMutablePointer<UInt8>
  ) {
    func fixed(_ value: Double) -> Int { Int((value * 65536 + 0.5).rounded(.down)) }
    let (stepX, stepY) = (fixed(map.a), fixed(map.d))
    var startX = fixed(map.c + map.a * 0.5 + map.b * 0.5)
    var startY = fixed(map.f + map.d * 0.5 + map.e * 0.5)
    var pixel = target
    for _ in 0..<height {
      var (x, y) = (startX, startY)
      for _ in 0..<width {
        let (column, row) = (x >> 16, y >> 16)
        if column >= 0, column < width, row >= 0, row < height {
          let from = source + (row * width + column) * channels
          for channel in 0..<channels { pixel[channel] = from[channel] }
        } else {
          for channel in 0..<channels { pixel[channel] = fill[channel] }
        }
        pixel += channels
        x += stepX
        y += stepY
      }
      startX += fixed(map.b)
      startY += fixed(map.e)
    }
  }

  private func interpolate(
    _ source: UnsafePointer<UInt8>, _ map: AffineMap, _ fill: [UInt8],
    into target: UnsafeMutablePointer<UInt8>
  ) {
    var pixel = target
    for y in 0..<height {
      for x in 0..<width {
        let point = map.source(of: SIMD2(Double(x) + 0.5, Double(y) + 0.5))
        if point.x >= 0, point.x < Double(width), point.y >= 0, point.y < Double(height) {
          mix(source, x: point.x - 0.5, y: point.y - 0.5, into: pixel)
        } else {
          for channel in 0..<channels { pixel[channel] = fill[channel] }
        }
        pixel += channels
      }
    }
  }

  /// The four pixels around (x, y), mixed and truncated; at the edge the nearest is repeated.
  @inline(__always)
  private func mix(
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
