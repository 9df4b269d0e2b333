import Foundation

/// A colour space in which pictures are segmented, each channel from 0 to 255: those of Uijlings et al. 2013, "Selective
/// Search for Object Recognition", table 2, less the colour invariant C.
public enum ColorSpace: String, CaseIterable, Codable, Sendable {
  /// Red, green, blue as they are.
  case rgb
  /// The mean of red, green and blue.
  case intensity
  /// CIE 1976 L*a*b* of sRGB under D65: 2.55 L*, a* + 128, b* + 128, as OpenCV scales it for bytes.
  case lab
  /// The shares of red and green in their sum with blue (a third each in black), and the intensity.
  case rgI
  /// The shares of red, green and blue in their sum.
  case normalizedRGB
  /// Hue, saturation and value.
  case hsv
  /// The hue alone.
  case hue

  /// How many planes a picture has in it.
  public var channels: Int { self == .intensity || self == .hue ? 1 : 3 }
}

/// A picture as planes of `Float`, row by row, one a channel.
package struct ColorPlanes {
  package let width: Int
  package let height: Int
  /// `height * width` elements each.
  package var planes: [[Float]]

  package init(width: Int, height: Int, planes: [[Float]]) {
    self.width = width
    self.height = height
    self.planes = planes
  }

  /// A grey picture counts as one whose channels are equal.
  package init(_ image: Image, in space: ColorSpace) {
    let image = image.converted(toChannels: 3)
    let count = image.width * image.height
    let convert = Self.conversion(to: space)
    let colors = image.pixels.withUnsafeBufferPointer { pixels in
      (0..<count).map { convert(pixels[3 * $0], pixels[3 * $0 + 1], pixels[3 * $0 + 2]) }
    }
    self.init(
      width: image.width, height: image.height,
      planes: (0..<space.channels).map { channel in colors.map { $0[channel] } })
  }

  private static func conversion(to space: ColorSpace) -> (UInt8, UInt8, UInt8) -> SIMD3<Float> {
    switch space {
    case .rgb: return { SIMD3(Float($0), Float($1), Float($2)) }
    case .intensity: return { SIMD3(intensity($0, $1, $2), 0, 0) }
    case .lab: return lab
    case .rgI:
      return { red, green, blue in
        let shares = shares(red, green, blue)
        return SIMD3(shares.x, shares.y, intensity(red, green, blue))
      }
    case .normalizedRGB: return shares
    case .hsv: return hsv
    case .hue: return { SIMD3(hsv($0, $1, $2).x, 0, 0) }
    }
  }

  private static func intensity(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Float {
    Float(Int(red) + Int(green) + Int(blue)) / 3
  }

  private static func shares(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> SIMD3<Float> {
    let sum = Int(red) + Int(green) + Int(blue)
    if sum == 0 { return SIMD3(repeating: 85) }
    let scale = 255 / Float(sum)
    return SIMD3(Float(red) * scale, Float(green) * scale, Float(blue) * scale)
  }

  private static func hsv(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> SIMD3<Float> {
    let (high, low) = (max(red, green, blue), min(red, green, blue))
    if high == low { return SIMD3(0, 0, Float(high)) }
    let range = Float(high - low)
    let (r, g, b) = (Float(red), Float(green), Float(blue))
    // In sixths of a turn.
    var hue: Float =
      if red == high {
        (g - b) / range
      } else if green == high {
        2 + (b - r) / range
      } else {
        4 + (r - g) / range
      }
    if hue < 0 { hue += 6 }
    return SIMD3(hue * (255 / 6), range * 255 / Float(high), Float(high))
  }

  /// By a byte of sRGB, the share of full light.
  private static let light: [Float] = (0..<256).map { byte in
    let value = Double(byte) / 255
    return Float(value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4))
  }

  private static func lab(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> SIMD3<Float> {
    let (r, g, b) = (light[Int(red)], light[Int(green)], light[Int(blue)])
    // Relative to D65's white.
    let x = (0.412453 * r + 0.357580 * g + 0.180423 * b) / 0.950456
    let y = 0.212671 * r + 0.715160 * g + 0.072169 * b
    let z = (0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.088754
    func root(_ t: Float) -> Float { t > 0.008856 ? cbrt(t) : 7.787 * t + 16 / 116 }
    let (fx, fy, fz) = (root(x), root(y), root(z))
    return SIMD3((116 * fy - 16) * 2.55, 500 * (fx - fy) + 128, 200 * (fy - fz) + 128)
  }
}
