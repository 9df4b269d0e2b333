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

  /// Without colour, in as many channels, with this probability, as torchvision's `RandomGrayscale`.
  /// - Parameter probability: in 0...1.
  public static func randomGrey(probability: Float = 0.1) -> Augmentation {
    randomApply(
      Augmentation("grey") { image, _ in image.converted(toChannels: 1).converted(toChannels: image.channels)
      },
      probability: probability)
  }

  /// Blurred by a normal distribution of random width, as torchvision's `GaussianBlur`; see ``Image/blurred(kernel:deviation:)``.
  /// - Parameters:
  ///   - share: of the picture's shorter side that the kernel has, rounded down, but an odd number of pixels and at least 3.
  ///   - deviation: of the distribution in pixels, uniform.
  public static func gaussianBlur(
    share: Double = 0.1, deviation: ClosedRange<Float> = 0.1...2
  ) -> Augmentation {
    precondition(
      0..<1 ~= share && deviation.lowerBound > 0,
      "Augmentation.gaussianBlur: a share of \(share), deviations \(deviation)")
    return Augmentation("Gaussian blur") { image, generator in
      let width = generator.uniform(deviation.lowerBound, deviation.upperBound)
      let side = min(image.width, image.height)
      guard side > 1 else { return image }
      return image.blurred(kernel: max(3, Int(share * Double(side)) | 1), deviation: Double(width))
    }
  }
}
