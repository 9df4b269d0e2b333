import Engine

extension Augmentation {
  /// Brightness, contrast, saturation and hue changed in random order, as torchvision's `ColorJitter`: the first
  /// three by factors uniform in 1 ± the given, the hue by up to the given share of a turn (at most ½) either way.
  public static func colorJitter(
    brightness: Float = 0, contrast: Float = 0, saturation: Float = 0, hue: Float = 0
  ) -> Augmentation {
    precondition(
      min(brightness, contrast, saturation, hue) >= 0 && hue <= 0.5,
      "Augmentation.colorJitter: strengths must not be negative, and the hue's at most 0.5")
    return Augmentation("colour jitter") { image, generator in
      func factor(_ strength: Float) -> Float {
        generator.uniform(max(0, 1 - strength), 1 + strength)
      }
      let factors = [brightness, contrast, saturation].map(factor)
      let shift = generator.uniform(-hue, hue)
      var result = image
      for step in generator.permutation(4) {
        switch step {
        case 0 where brightness > 0: result = result.adjustedBrightness(factors[0])
        case 1 where contrast > 0: result = result.adjustedContrast(factors[1])
        case 2 where saturation > 0: result = result.adjustedSaturation(factors[2])
        case 3 where hue > 0: result = result.adjustedHue(shift)
        default: break
        }
      }
      return result
    }
  }

  /// The principal components of ImageNet's colours and their standard deviations, white being 1 (Krizhevsky et
  /// al. 2012; the numbers are those of fb.resnet.torch).
  static let lightingComponents: [(deviation: Float, direction: [Float])] = [
    (0.2175, [-0.5675, -0.5808, -0.5836]),
    (0.0188, [0.7192, -0.0045, -0.6948]),
    (0.0045, [0.4009, -0.8140, 0.4203]),
  ]

  /// AlexNet's lighting noise: every pixel is moved along the principal components of ImageNet's colours, each by a
  /// normal number of the given deviation times the component's. A grey picture stays as it is.
  public static func lighting(standardDeviation: Float = 0.1) -> Augmentation {
    Augmentation("lighting") { image, generator in
      let steps = lightingComponents.map { $0.deviation * standardDeviation * generator.normal() }
      guard image.channels == 3 else { return image }
      let shift = (0..<3).map { channel in
        zip(lightingComponents, steps).reduce(Float(0)) { $0 + $1.0.direction[channel] * $1.1 }
      }
      return image.shifted(by: shift)
    }
  }
}

extension Image {
  /// Every channel moved by its shift (white being 1), rounded and clamped.
  func shifted(by shift: [Float]) -> Image {
    let tables = shift.map { amount in
      (0..<256).map { UInt8(max(0, min(255, (Float($0) + amount * 255).rounded()))) }
    }
    var result = self
    result.withMutablePixels { pixels in
      for index in 0..<width * height * channels {
        pixels[index] = tables[index % channels][Int(pixels[index])]
      }
    }
    return result
  }
}
