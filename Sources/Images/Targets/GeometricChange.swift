import Foundation

/// A change of where things are in a picture. Augmentations draw such changes, and the picture and its target are both
/// changed by the same one, so that they cannot come apart.
///
/// Points are continuous: pixel (i, j) is the square from (i, j) to (i + 1, j + 1), its middle at (i + ½, j + ½).
public enum GeometricChange: Hashable, Sendable {
  /// Left and right swapped.
  case horizontalFlip
  /// Top and bottom swapped.
  case verticalFlip
  /// The pixels of a region alone; what lies outside the picture is `fill` in all channels.
  case crop(Image.Region, fill: UInt8 = 0)
  /// The whole picture at another size.
  case resize(Image.Size, Interpolation = .bilinear)
  /// Turned counterclockwise about its middle, at the same size; what comes from outside is `fill` in all channels.
  case rotation(degrees: Double, fill: UInt8 = 0)
  /// Sheared, moved or turned, at the same size; what comes from outside is `fill` in all channels.
  case affine(AffineMap, sampling: PixelSampling = .nearest, fill: UInt8 = 0)

  /// The size of the result.
  public func size(of size: Image.Size) -> Image.Size {
    switch self {
    case .horizontalFlip, .verticalFlip, .rotation, .affine: size
    case .crop(let region, _): region.size
    case .resize(let size, _): size
    }
  }

  /// Where a point of the picture comes to lie.
  /// - Parameters:
  ///   - point: in pixels from the upper left corner; a pixel's middle is at 0.5.
  ///   - size: of the picture before.
  public func destination(of point: SIMD2<Double>, in size: Image.Size) -> SIMD2<Double> {
    switch self {
    case .horizontalFlip: SIMD2(Double(size.width) - point.x, point.y)
    case .verticalFlip: SIMD2(point.x, Double(size.height) - point.y)
    case .crop(let region, _): point - SIMD2(Double(region.x), Double(region.y))
    case .resize(let new, _):
      point * SIMD2(Double(new.width), Double(new.height)) / SIMD2(Double(size.width), Double(size.height))
    case .rotation(let degrees, _): Self.turned(point, by: degrees, size)
    case .affine(let map, _, _): map.destination(of: point)
    }
  }

  /// Which point of the picture comes to lie here: the inverse of ``destination(of:in:)``.
  /// - Parameters:
  ///   - point: in pixels from the upper left corner; a pixel's middle is at 0.5.
  ///   - size: of the picture before.
  public func source(of point: SIMD2<Double>, in size: Image.Size) -> SIMD2<Double> {
    switch self {
    case .horizontalFlip, .verticalFlip: destination(of: point, in: size)
    case .crop(let region, _): point + SIMD2(Double(region.x), Double(region.y))
    case .resize(let new, _):
      point * SIMD2(Double(size.width), Double(size.height)) / SIMD2(Double(new.width), Double(new.height))
    case .rotation(let degrees, _): Self.turned(point, by: -degrees, size)
    case .affine(let map, _, _): map.source(of: point)
    }
  }

  /// Counterclockwise as it is seen, rows running down.
  private static func turned(
    _ point: SIMD2<Double>, by degrees: Double, _ size: Image.Size
  ) -> SIMD2<Double> {
    let middle = SIMD2(Double(size.width), Double(size.height)) / 2
    let offset = point - middle
    let radians = degrees * .pi / 180
    let (cosine, sine) = (cos(radians), sin(radians))
    return middle + SIMD2(cosine * offset.x + sine * offset.y, cosine * offset.y - sine * offset.x)
  }
}

extension Image {
  /// The picture after a change.
  public func transformed(by change: GeometricChange) -> Image {
    switch change {
    case .horizontalFlip: flippedHorizontally()
    case .verticalFlip: flippedVertically()
    case .crop(let region, let fill):
      cropped(x: region.x, y: region.y, width: region.width, height: region.height, fill: fill)
    case .resize(let size, let interpolation):
      resized(width: size.width, height: size.height, interpolation: interpolation)
    case .rotation(let degrees, let fill):
      rotated(degrees: degrees, fill: [UInt8](repeating: fill, count: channels))
    case .affine(let map, let sampling, let fill):
      mapped(by: map, sampling: sampling, fill: [UInt8](repeating: fill, count: channels))
    }
  }

  /// The picture after changes, the first one first. Of a resize that a crop follows, only what the crop keeps is
  /// computed: a picture of extreme shape would grow huge otherwise.
  public func transformed(by changes: [GeometricChange]) -> Image {
    var result = self
    var index = 0
    while index < changes.count {
      if case .resize(let size, let interpolation) = changes[index], index + 1 < changes.count,
        case .crop(let region, _) = changes[index + 1], region.isInside(size)
      {
        result = result.resized(
          width: size.width, height: size.height, columns: region.x..<region.x + region.width,
          rows: region.y..<region.y + region.height, interpolation: interpolation)
        index += 2
      } else {
        result = result.transformed(by: changes[index])
        index += 1
      }
    }
    return result
  }
}
