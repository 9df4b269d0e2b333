import Engine

/// The changes that RandAugment and TrivialAugment choose among, by the names and the arithmetic of torchvision on Pillow's
/// pictures.
public enum PolicyOperation: String, CaseIterable, Sendable {
  /// Nothing.
  case identity = "Identity"
  /// Rows moved against each other; the magnitude is the slope.
  case shearX = "ShearX"
  /// Columns moved against each other; the magnitude is the slope.
  case shearY = "ShearY"
  /// To the right, by whole pixels towards 0.
  case translateX = "TranslateX"
  /// Down, by whole pixels towards 0.
  case translateY = "TranslateY"
  /// Counterclockwise, in degrees.
  case rotate = "Rotate"
  /// ``Image/adjustedBrightness(_:)`` by 1 + the magnitude.
  case brightness = "Brightness"
  /// ``Image/adjustedSaturation(_:)`` by 1 + the magnitude.
  case color = "Color"
  /// ``Image/adjustedContrast(_:)`` by 1 + the magnitude.
  case contrast = "Contrast"
  /// ``Image/adjustedSharpness(_:)`` by 1 + the magnitude.
  case sharpness = "Sharpness"
  /// ``Image/posterized(bits:)`` to so many bits.
  case posterize = "Posterize"
  /// ``Image/solarized(threshold:)`` from there on.
  case solarize = "Solarize"
  /// ``Image/autocontrasted()``; no magnitude.
  case autoContrast = "AutoContrast"
  /// ``Image/equalized()``; no magnitude.
  case equalize = "Equalize"

  /// Whether a policy takes the magnitude with either sign.
  package var isSigned: Bool {
    switch self {
    case .identity, .posterize, .solarize, .autoContrast, .equalize: false
    default: true
    }
  }

  /// Whether it moves things, and leaves the colours.
  private var isGeometric: Bool {
    switch self {
    case .shearX, .shearY, .translateX, .translateY, .rotate: true
    default: false
    }
  }

  /// The picture after the change, at the same size; what comes from outside is black.
  /// - Parameters:
  ///   - image: of any size, grey or in colour.
  ///   - magnitude: what it means, and in which unit, the operation says.
  public func callAsFunction(_ image: Image, magnitude: Double) -> Image {
    isGeometric
      ? image.transformed(by: .affine(map(magnitude, in: image.size))) : recolored(image, magnitude)
  }

  private func map(_ magnitude: Double, in size: Image.Size) -> AffineMap {
    switch self {
    case .shearX: .shear(rowsBy: magnitude)
    case .shearY: .shear(columnsBy: magnitude)
    case .translateX: .translation(x: magnitude.rounded(.towardZero), y: 0)
    case .translateY: .translation(x: 0, y: magnitude.rounded(.towardZero))
    default: .rotation(degrees: magnitude, in: size)
    }
  }

  private func recolored(_ image: Image, _ magnitude: Double) -> Image {
    let factor = Float(1 + magnitude)
    return switch self {
    case .brightness: image.adjustedBrightness(factor)
    case .color: image.adjustedSaturation(factor)
    case .contrast: image.adjustedContrast(factor)
    case .sharpness: image.adjustedSharpness(factor)
    case .posterize: image.posterized(bits: Int(magnitude))
    case .solarize: image.solarized(threshold: magnitude)
    case .autoContrast: image.autocontrasted()
    case .equalize: image.equalized()
    default: image
    }
  }

  /// The operation as an augmentation.
  /// - Parameter magnitude: drawn for a picture of a size.
  func augmentation(
    _ magnitude: @escaping @Sendable (Image.Size, inout RandomStream) -> Double
  ) -> Augmentation {
    if self == .identity { return .none }
    guard isGeometric else {
      return Augmentation(rawValue) { image, generator in
        self(image, magnitude: magnitude(image.size, &generator))
      }
    }
    return Augmentation(
      rawValue,
      drawing: { size, generator in [.affine(map(magnitude(size, &generator), in: size))] })
  }
}
