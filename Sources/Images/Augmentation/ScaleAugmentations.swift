import Engine
import Foundation

// Changes of scale for detectors; boxes and masks follow, as in every change of place.

extension Augmentation {
  /// The whole picture at a random scale. With ``randomCrop(_:padding:)`` behind it, which cuts what is larger and pads what is
  /// smaller, the "large scale jitter" of Ghiasi et al. 2021 (0.1…2).
  /// - Parameters:
  ///   - scale: the factor of both sides, uniform.
  ///   - ratio: the factor of width to height beside it, uniform in its logarithm; 1…1 keeps the shape.
  ///   - interpolation: of the resize.
  public static func scaleJitter(
    _ scale: ClosedRange<Double> = 0.8...1.25, ratio: ClosedRange<Double> = 1...1,
    interpolation: Interpolation = .bilinear
  ) -> Augmentation {
    precondition(
      scale.lowerBound > 0 && ratio.lowerBound > 0, "Augmentation.scaleJitter: scale \(scale), ratio \(ratio)"
    )
    return Augmentation(
      "scale jitter \(scale)",
      drawing: { picture, generator in
        let factor = scale.lowerBound + (scale.upperBound - scale.lowerBound) * Double(generator.uniform())
        let (low, high) = (log(ratio.lowerBound), log(ratio.upperBound))
        let stretch = exp((low + (high - low) * Double(generator.uniform())) / 2)
        let size = Image.Size(
          width: max(Int((Double(picture.width) * factor * stretch).rounded()), 1),
          height: max(Int((Double(picture.height) * factor / stretch).rounded()), 1))
        return size == picture ? [] : [.resize(size, interpolation)]
      })
  }

  /// The shorter side to one of some lengths, each as likely, or less where the longer one would have more than `longest`:
  /// the training at several scales of detectors on COCO. The shape is kept.
  /// - Parameters:
  ///   - sides: in pixels.
  ///   - longest: in pixels.
  ///   - interpolation: of the resize.
  public static func randomShorterSide(
    _ sides: [Int], longest: Int, interpolation: Interpolation = .bilinear
  ) -> Augmentation {
    precondition(
      !sides.isEmpty && sides.allSatisfy { $0 > 0 } && longest > 0,
      "Augmentation.randomShorterSide: sides \(sides), longest \(longest)")
    return Augmentation(
      "shorter side \(sides.map(String.init).joined(separator: "/"))",
      drawing: { picture, generator in
        let side = sides[generator.below(sides.count)]
        return [.resize(picture.scaled(shorterSide: side, longest: longest), interpolation)]
      })
  }

  /// The picture in a random place on a larger canvas, so that objects become small (Liu et al. 2016, "SSD", "zoom out").
  /// - Parameters:
  ///   - ratio: the greatest factor of the canvas's sides, uniform from 1 on.
  ///   - fill: what the canvas is around the picture, in all channels.
  ///   - probability: of a picture to be changed.
  public static func expand(
    upTo ratio: Float = 4, fill: UInt8 = 114, probability: Float = 0.5
  ) -> Augmentation {
    precondition(ratio >= 1, "Augmentation.expand: a ratio of \(ratio) is less than 1")
    return Augmentation(
      "expand up to \(ratio)",
      drawing: { picture, generator in
        guard generator.uniform() < probability else { return [] }
        let factor = generator.uniform(1, ratio)
        let size = Image.Size(
          width: max(Int(Float(picture.width) * factor), picture.width),
          height: max(Int(Float(picture.height) * factor), picture.height))
        let x = generator.below(size.width - picture.width + 1)
        let y = generator.below(size.height - picture.height + 1)
        return [.crop(Image.Region(x: -x, y: -y, width: size.width, height: size.height), fill: fill)]
      })
  }
}
