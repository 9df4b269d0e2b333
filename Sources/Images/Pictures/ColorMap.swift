import Engine
import Foundation

/// Numbers as colours whose lightness grows with the number, in even steps as people see them: from dark blue over red to
/// light yellow.
///
/// Made in Ottosson's OKLCh (2020, "A perceptual color space for image processing"): lightness from 0.2 to 0.95, hue from
/// 275° to 465°, chroma 0.17 or nine tenths of what sRGB has there.
public enum ColorMap {
  /// The colour of a share: 0 and less is the darkest, 1 and more the lightest, NaN the darkest.
  /// - Parameter share: rounded to the nearest of 256 steps.
  public static func color(of share: Float) -> (red: UInt8, green: UInt8, blue: UInt8) {
    colors[share > 0 ? Int(min(share, 1) * 255 + 0.5) : 0]
  }

  /// A map as a picture.
  /// - Parameters:
  ///   - map: `[H, W]`.
  ///   - range: the values of the darkest and the lightest colour.
  /// - Precondition: the map has two axes, and the range is not empty.
  public static func image(of map: Tensor, range: ClosedRange<Float> = 0...1) -> Image {
    precondition(map.shape.rank == 2, "ColorMap.image: a tensor of \(map.shape) is not a map, [H, W]")
    precondition(range.lowerBound < range.upperBound, "ColorMap.image: the range \(range) is empty")
    let scale = 1 / (range.upperBound - range.lowerBound)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(map.count * 3)
    for value in map.scalars {
      let (red, green, blue) = color(of: (value - range.lowerBound) * scale)
      pixels += [red, green, blue]
    }
    return Image(width: map.shape[1], height: map.shape[0], pixels: pixels)
  }

  private static let colors: [(red: UInt8, green: UInt8, blue: UInt8)] = (0..<256).map {
    step -> (red: UInt8, green: UInt8, blue: UInt8) in
    let share = Double(step) / 255
    let (lightness, hue) = (0.2 + 0.75 * share, (275 + 190 * share) * .pi / 180)
    let chroma = min(0.17, 0.9 * greatestChroma(lightness, hue))
    let linear = linearRGB(lightness, chroma, hue).map { min(max($0, 0), 1) }
    let bytes = linear.map { value -> UInt8 in
      let encoded = value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055
      return UInt8((255 * encoded).rounded())
    }
    return (bytes[0], bytes[1], bytes[2])
  }

  /// The greatest chroma that sRGB has of a lightness and hue, by bisection.
  private static func greatestChroma(_ lightness: Double, _ hue: Double) -> Double {
    var (low, high) = (0.0, 0.4)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if linearRGB(lightness, middle, hue).allSatisfy({ -1e-9...1 + 1e-9 ~= $0 }) {
        low = middle
      } else {
        high = middle
      }
    }
    return low
  }

  /// sRGB before its transfer function.
  private static func linearRGB(_ lightness: Double, _ chroma: Double, _ hue: Double) -> [Double] {
    let (a, b) = (chroma * cos(hue), chroma * sin(hue))
    func cubed(_ x: Double) -> Double { x * x * x }
    let long = cubed(lightness + 0.3963377774 * a + 0.2158037573 * b)
    let medium = cubed(lightness - 0.1055613458 * a - 0.0638541728 * b)
    let short = cubed(lightness - 0.0894841775 * a - 1.2914855480 * b)
    return [
      4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
      -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
      -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    ]
  }
}
