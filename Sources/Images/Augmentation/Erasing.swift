import Engine
import Foundation

extension Augmentation {
  /// What stands where a picture was erased.
  public enum Erasure: Hashable, Sendable {
    /// A colour: a value a channel, of which a grey picture takes the first.
    case color([UInt8])
    /// For every sample a normal number: by channel the mean and the deviation, white being 1.
    case noise(mean: [Float], standardDeviation: [Float])
  }

  /// A rectangle erased (Zhong et al. 2020, "Random erasing", and DeVries and Taylor 2017, "Cutout"), with the rules of
  /// torchvision's `RandomErasing`: ten tries for one that fits, then the picture stays as it is.
  ///
  /// torchvision erases after normalization, where 0 is the mean colour: `color` with the mean of the preprocessing is the
  /// same but for its rounding to a byte. Targets stay.
  /// - Parameters:
  ///   - probability: of a picture to be erased from.
  ///   - scale: the erased share of the picture's area, uniform.
  ///   - ratio: height to width, uniform in its logarithm.
  ///   - fill: what stands there then.
  public static func randomErasing(
    probability: Float = 0.5, scale: ClosedRange<Double> = 0.02...0.33,
    ratio: ClosedRange<Double> = 0.3...3.3, fill: Erasure = .color([0])
  ) -> Augmentation {
    precondition(
      0...1 ~= probability && scale.lowerBound >= 0 && scale.upperBound <= 1 && ratio.lowerBound > 0,
      "Augmentation.randomErasing: probability \(probability), scale \(scale), ratio \(ratio)")
    return Augmentation("random erasing") { image, generator in
      guard generator.uniform() < probability else { return image }
      func between(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * Double(generator.uniform())
      }
      for _ in 0..<10 {
        let share = between(scale.lowerBound, scale.upperBound)
        let aspect = exp(between(log(ratio.lowerBound), log(ratio.upperBound)))
        guard let size = image.size.erased(share: share, aspect: aspect) else { continue }
        let y = generator.below(image.height - size.height + 1)
        let x = generator.below(image.width - size.width + 1)
        let region = Image.Region(x: x, y: y, width: size.width, height: size.height)
        return image.erasing(region, fill, &generator)
      }
      return image
    }
  }
}

extension Image.Size {
  /// The rectangle of a share of the area and of an aspect, height to width; nil where it is as large as the picture in one
  /// direction, or nothing is left of it.
  package func erased(share: Double, aspect: Double) -> Image.Size? {
    let area = Double(width * height) * share
    let size = Image.Size(
      width: Int((area / aspect).squareRoot().rounded(.toNearestOrEven)),
      height: Int((area * aspect).squareRoot().rounded(.toNearestOrEven)))
    return size.width < width && size.height < height && size.width > 0 && size.height > 0 ? size : nil
  }
}

extension Image {
  /// - Precondition: the region is in the picture.
  package func erasing(
    _ region: Region, _ fill: Augmentation.Erasure, _ generator: inout RandomStream
  ) -> Image {
    let patch = Image(width: region.width, height: region.height, channels: channels) { pixels in
      for index in 0..<region.width * region.height * channels {
        let channel = index % channels
        switch fill {
        case .color(let color): pixels[index] = color[color.count == channels ? channel : 0]
        case .noise(let mean, let deviation):
          let place = mean.count == channels ? channel : 0
          let value = (mean[place] + deviation[place] * generator.normal()) * 255
          pixels[index] = UInt8(max(0, min(255, value.rounded())))
        }
      }
    }
    var result = self
    result.paste(patch, x: region.x, y: region.y)
    return result
  }
}
