import Engine
import Foundation

extension Augmentation {
  /// Mirrored with this probability.
  public static func horizontalFlip(probability: Float = 0.5) -> Augmentation {
    Augmentation(
      "horizontal flip",
      drawing: { _, generator in
        generator.uniform() < probability ? [.horizontalFlip] : []
      })
  }

  /// Turned upside down, as in a mirror on the floor, with this probability.
  public static func verticalFlip(probability: Float = 0.5) -> Augmentation {
    Augmentation(
      "vertical flip",
      drawing: { _, generator in
        generator.uniform() < probability ? [.verticalFlip] : []
      })
  }

  /// A `size`×`size` piece from a random place, the picture padded by `padding` pixels of 0 first (and further
  /// where it is still too small).
  public static func randomCrop(_ size: Int, padding: Int = 0) -> Augmentation {
    Augmentation(
      "random crop \(size) with padding \(padding)",
      drawing: { picture, generator in
        let (spareX, spareY) = (picture.width + 2 * padding - size, picture.height + 2 * padding - size)
        // A negative spare is the room in which a smaller picture is placed.
        let x = spareX >= 0 ? generator.below(spareX + 1) : -generator.below(1 - spareX)
        let y = spareY >= 0 ? generator.below(spareY + 1) : -generator.below(1 - spareY)
        return [.crop(Image.Region(x: x - padding, y: y - padding, width: size, height: size))]
      })
  }

  /// A piece of random area (a share of the picture) and aspect ratio (width to height), resized to `size`×`size`;
  /// Szegedy et al. 2015, with the rules of torchvision's `RandomResizedCrop`.
  public static func randomResizedCrop(
    _ size: Int, scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 3.0 / 4...4.0 / 3,
    interpolation: Interpolation = .bilinear
  ) -> Augmentation {
    Augmentation(
      "random resized crop \(size)",
      drawing: { picture, generator in
        let region = cropRegion(picture, scale, ratio, &generator)
        return [.crop(region), .resize(Image.Size(width: size, height: size), interpolation)]
      })
  }

  /// Ten tries, then the largest middle piece with an allowed ratio.
  private static func cropRegion(
    _ size: Image.Size, _ scale: ClosedRange<Double>, _ ratio: ClosedRange<Double>,
    _ generator: inout RandomStream
  ) -> Image.Region {
    let (width, height) = (size.width, size.height)
    func between(_ low: Double, _ high: Double) -> Double {
      low + (high - low) * Double(generator.uniform())
    }
    for _ in 0..<10 {
      let area = Double(width * height) * between(scale.lowerBound, scale.upperBound)
      let aspect = exp(between(log(ratio.lowerBound), log(ratio.upperBound)))
      let w = Int((area * aspect).squareRoot().rounded(.toNearestOrEven))
      let h = Int((area / aspect).squareRoot().rounded(.toNearestOrEven))
      if 1...width ~= w, 1...height ~= h {
        let (x, y) = (generator.below(width - w + 1), generator.below(height - h + 1))
        return Image.Region(x: x, y: y, width: w, height: h)
      }
    }
    let actual = Double(width) / Double(height)
    var (w, h) = (width, height)
    if actual < ratio.lowerBound {
      h = max(1, Int((Double(w) / ratio.lowerBound).rounded(.toNearestOrEven)))
    } else if actual > ratio.upperBound {
      w = max(1, Int((Double(h) * ratio.upperBound).rounded(.toNearestOrEven)))
    }
    return Image.Region(x: (width - w) / 2, y: (height - h) / 2, width: w, height: h)
  }

  /// Turned about its middle by an angle uniform in −`degrees` … `degrees`; what comes from outside is `fill`.
  public static func rotation(degrees: Float, fill: UInt8 = 0) -> Augmentation {
    Augmentation(
      "rotation ±\(degrees)°",
      drawing: { _, generator in
        [.rotation(degrees: Double(generator.uniform(-degrees, degrees)), fill: fill)]
      })
  }
}
