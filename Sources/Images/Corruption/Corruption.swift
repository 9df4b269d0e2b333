import Engine
import Foundation

/// What befalls pictures outside of data sets, at five strengths: six of the corruptions of Hendrycks, Dietterich 2019,
/// "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", as the authors' code computes them.
///
/// What is not a whole number of 0...255 is rounded towards 0, as there. The authors' files were stored as JPEG of quality 85
/// once more, CIFAR-10-C's excepted; this is not done here.
public enum Corruption: String, CaseIterable, Codable, Sendable {
  /// Normal noise on every sample.
  case gaussianNoise
  /// A normal distribution's mean of the neighbourhood.
  case gaussianBlur
  /// The HSV value raised.
  case brightness
  /// The distance to each channel's mean made smaller.
  case contrast
  /// JPEG compression and back.
  case jpeg
  /// Made smaller by means of pixels, and back by repeating them.
  case pixelation

  /// In words.
  public var name: String {
    switch self {
    case .gaussianNoise: "Gaussian noise"
    case .gaussianBlur: "Gaussian blur"
    case .brightness: "brightness"
    case .contrast: "contrast"
    case .jpeg: "JPEG"
    case .pixelation: "pixelation"
    }
  }

  /// How many strengths there are; the first is 1.
  public static let severities = 5

  /// The size of the pictures that the authors made a data set of: strengths suit it.
  enum Scale {
    /// CIFAR-10-C, 32 pixels; shorter sides of up to 48.
    case small
    /// Tiny ImageNet-C, 64 pixels; up to 112.
    case medium
    /// ImageNet-C, 224 pixels.
    case large

    init(shorterSide: Int) { self = shorterSide <= 48 ? .small : shorterSide <= 112 ? .medium : .large }
  }

  /// The authors' parameters of the five strengths. Pictures whose shorter side has at most 48 pixels have those of CIFAR-10-C,
  /// at most 112 those of Tiny ImageNet-C, others those of ImageNet-C. Noise: the standard deviation where white is 1; blur: the
  /// standard deviation in pixels; brightness: what is added where white is 1; contrast: the factor; JPEG: the quality;
  /// pixelation: the factor of the sides.
  /// - Parameter side: the picture's shorter one, in pixels.
  public func parameters(shorterSide side: Int) -> [Double] {
    switch (self, Scale(shorterSide: side)) {
    case (.gaussianNoise, .small): [0.04, 0.06, 0.08, 0.09, 0.1]
    case (.gaussianNoise, .medium): [0.04, 0.08, 0.12, 0.15, 0.18]
    case (.gaussianNoise, .large): [0.08, 0.12, 0.18, 0.26, 0.38]
    case (.gaussianBlur, .small): [0.4, 0.6, 0.7, 0.8, 1]
    case (.gaussianBlur, .medium): [0.5, 0.75, 1, 1.25, 1.5]
    case (.gaussianBlur, .large): [1, 2, 3, 4, 6]
    case (.brightness, .small): [0.05, 0.1, 0.15, 0.2, 0.3]
    case (.brightness, .medium), (.brightness, .large): [0.1, 0.2, 0.3, 0.4, 0.5]
    case (.contrast, .small): [0.75, 0.5, 0.4, 0.3, 0.15]
    case (.contrast, .medium), (.contrast, .large): [0.4, 0.3, 0.2, 0.1, 0.05]
    case (.jpeg, .small): [80, 65, 58, 50, 40]
    case (.jpeg, .medium): [65, 58, 50, 40, 25]
    case (.jpeg, .large): [25, 18, 15, 10, 7]
    case (.pixelation, .small): [0.95, 0.9, 0.85, 0.75, 0.65]
    case (.pixelation, .medium): [0.9, 0.8, 0.7, 0.6, 0.5]
    case (.pixelation, .large): [0.6, 0.5, 0.4, 0.3, 0.25]
    }
  }

  /// The corrupted picture, at one of the five strengths.
  /// - Parameters:
  ///   - picture: grey or in colour.
  ///   - severity: from 1 to 5.
  ///   - generator: of the noise; nothing else is random.
  public func callAsFunction(_ picture: Image, severity: Int, _ generator: inout RandomStream) -> Image {
    precondition(1...Self.severities ~= severity, "Corruption: a severity of \(severity)")
    let parameter = parameters(shorterSide: min(picture.width, picture.height))[severity - 1]
    switch self {
    case .gaussianNoise:
      return picture.addingNoise(deviation: parameter) { _ in Double(generator.normal()) }
    case .gaussianBlur: return picture.blurred(deviation: parameter)
    case .brightness: return picture.brightened(by: parameter)
    case .contrast: return picture.withContrast(parameter)
    case .jpeg: return picture.compressed(quality: Int(parameter))
    case .pixelation: return picture.pixelated(by: parameter)
    }
  }
}

extension Image {
  /// With noise on every sample, rounded towards 0.
  /// - Parameters:
  ///   - deviation: by which the noise is multiplied, where white is 1.
  ///   - noise: of the sample at a place of ``pixels``; asked for in their order.
  public func addingNoise(deviation: Double, noise: (_ place: Int) -> Double) -> Image {
    mappingSamples { place, value in value / 255 + deviation * noise(place) }
  }

  /// With `amount` added to the HSV value, where white is 1, so that hue and saturation stay; black becomes grey.
  public func brightened(by amount: Double) -> Image {
    let source = pixels
    return mappingSamples { place, value in
      let first = place - place % channels
      let most = Double(source[first..<first + channels].max()!)
      let new = min(max(most / 255 + amount, 0), 1)
      return most > 0 ? value / most * new : new
    }
  }

  /// With the distance of each sample to its channel's mean multiplied by `factor`.
  public func withContrast(_ factor: Double) -> Image {
    var sums = [Double](repeating: 0, count: channels)
    for (place, value) in pixels.enumerated() { sums[place % channels] += Double(value) / 255 }
    let means = sums.map { $0 / Double(width * height) }
    return mappingSamples { place, value in
      let mean = means[place % channels]
      return (value / 255 - mean) * factor + mean
    }
  }

  /// As it is after JPEG compression.
  /// - Parameter quality: see ``jpegData(quality:)``.
  public func compressed(quality: Int) -> Image {
    do {
      return try Image(decoding: jpegData(quality: quality), name: "JPEG").converted(toChannels: channels)
    } catch {
      preconditionFailure("Image.compressed: what was encoded is not decoded: \(error)")
    }
  }

  /// Made smaller by means of pixels, and back by repeating them, as Pillow's `BOX` does both.
  /// - Parameter factor: of the sides, which are rounded down, to 1 at least.
  public func pixelated(by factor: Double) -> Image {
    let small = (max(Int(Double(width) * factor), 1), max(Int(Double(height) * factor), 1))
    return resized(width: small.0, height: small.1, interpolation: .box)
      .resized(width: width, height: height, interpolation: .box)
  }

  /// Each sample by a function whose value 1 is white, clipped and rounded towards 0.
  func mappingSamples(_ body: (_ place: Int, _ value: Double) -> Double) -> Image {
    Image(width: width, height: height, channels: channels) { target in
      for (place, value) in pixels.enumerated() {
        target[place] = UInt8(min(max(body(place, Double(value)), 0), 1) * 255)
      }
    }
  }
}

extension Image {
  /// With a rectangle of one value.
  /// - Parameters:
  ///   - region: within the picture; of no pixel where it is empty.
  ///   - value: of every channel.
  public func covered(_ region: Region, by value: UInt8) -> Image {
    guard region.width > 0, region.height > 0 else { return self }
    var result = self
    result.paste(
      Image(width: region.width, height: region.height, channels: channels, repeating: value), x: region.x,
      y: region.y)
    return result
  }
}
