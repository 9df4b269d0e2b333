import Foundation

// Brightness, contrast, saturation, sharpness and hue, bit for bit as Pillow's ImageEnhance and torchvision's adjust_hue.

extension Image {
  /// Blended with black: 0 is black, 1 the picture itself, 2 twice as bright.
  public func adjustedBrightness(_ factor: Float) -> Image {
    blended(factor) { _ in 0 }
  }

  /// Blended with its mean grey: 0 is that grey, 1 the picture itself.
  public func adjustedContrast(_ factor: Float) -> Image {
    let grey = converted(toChannels: 1).pixels
    let sum = grey.reduce(0) { $0 + Int($1) }
    let mean = UInt8(Double(sum) / Double(grey.count) + 0.5)
    return blended(factor) { _ in mean }
  }

  /// Blended with its grey self: 0 is grey, 1 the picture itself. A grey picture stays as it is.
  public func adjustedSaturation(_ factor: Float) -> Image {
    guard channels == 3 else { return self }
    let grey = converted(toChannels: 1).pixels
    return blended(factor) { grey[$0 / 3] }
  }

  /// Blended with its blurred self: 0 is blurred, 1 the picture itself, 2 sharper.
  public func adjustedSharpness(_ factor: Float) -> Image {
    let blurred = smoothed()
    return blended(factor) { blurred.pixels[$0] }
  }

  /// Each pixel the mean of the nine around it, its own five times as heavy, as Pillow's `SMOOTH`; the outermost stay.
  private func smoothed() -> Image {
    guard width >= 3, height >= 3 else { return self }
    let (light, heavy) = (Float(1) / 13, Float(5) / 13)
    var result = self
    result.withMutablePixels { target in
      pixels.withUnsafeBufferPointer { source in
        func row(_ index: Int, _ middle: Float) -> Float {
          Float(source[index - channels]) * light + Float(source[index]) * middle
            + Float(source[index + channels]) * light
        }
        for y in 1..<height - 1 {
          for index in (y * width + 1) * channels..<((y + 1) * width - 1) * channels {
            let sum =
              0.5 + row(index + rowBytes, light) + row(index, heavy) + row(index - rowBytes, light)
            target[index] = UInt8(min(sum, 255))
          }
        }
      }
    }
    return result
  }

  /// The hue moved by `shift` turns, −½ … ½. A grey picture stays as it is.
  public func adjustedHue(_ shift: Float) -> Image {
    precondition(-0.5...0.5 ~= shift, "Image.adjustedHue: \(shift) is not in −0.5…0.5")
    guard channels == 3 else { return self }
    let step = UInt8(truncatingIfNeeded: Int(Double(shift) * 255))
    var result = self
    result.withMutablePixels { pixels in
      for pixel in stride(from: 0, to: width * height * 3, by: 3) {
        var color = HSV(red: pixels[pixel], green: pixels[pixel + 1], blue: pixels[pixel + 2])
        color.hue &+= step
        (pixels[pixel], pixels[pixel + 1], pixels[pixel + 2]) = color.rgb
      }
    }
    return result
  }

  /// `base + factor * (self − base)`, truncated to a byte.
  private func blended(_ factor: Float, with base: (Int) -> UInt8) -> Image {
    if factor == 1 { return self }
    var result = self
    result.withMutablePixels { pixels in
      for index in 0..<width * height * channels {
        let start = Int(base(index))
        let value = Float(start) + factor * Float(Int(pixels[index]) - start)
        pixels[index] = UInt8(max(0, min(255, value)))
      }
    }
    return result
  }
}

/// Hue, saturation and value in a byte each, converted with Pillow's mixture of precisions.
private struct HSV {
  var hue: UInt8
  var saturation: UInt8
  var value: UInt8

  init(red: UInt8, green: UInt8, blue: UInt8) {
    let (high, low) = (max(red, green, blue), min(red, green, blue))
    value = high
    guard high != low else {
      (hue, saturation) = (0, 0)
      return
    }
    let range = Float(high - low)
    let (r, g, b) = (Float(high - red) / range, Float(high - green) / range, Float(high - blue) / range)
    let sector: Float =
      if red == high {
        b - g
      } else if green == high {
        Float(2.0 + Double(r) - Double(b))
      } else {
        Float(4.0 + Double(g) - Double(r))
      }
    let turn = Float(fmod(Double(sector) / 6 + 1, 1))
    hue = UInt8(clamping: Int(Double(turn) * 255))
    saturation = UInt8(clamping: Int(Double(range / Float(high)) * 255))
  }

  var rgb: (UInt8, UInt8, UInt8) {
    guard saturation > 0 else { return (value, value, value) }
    let position = Double(hue) * 6 / 255
    let sector = Int(position)
    let fraction = Double(Float(position - Double(sector)))
    let s = Double(Float(Double(saturation) / 255))
    func level(_ weight: Double) -> UInt8 {
      UInt8(clamping: Int((Double(value) * (1 - weight)).rounded(.toNearestOrAwayFromZero)))
    }
    let (p, q, t) = (level(s), level(s * fraction), level(s * (1 - fraction)))
    switch sector % 6 {
    case 0: return (value, t, p)
    case 1: return (q, value, p)
    case 2: return (p, value, t)
    case 3: return (p, q, value)
    case 4: return (t, p, value)
    default: return (value, p, q)
    }
  }
}
