import Engine

/// The principal components of the colours of pictures, white being 1: along which directions pixels differ, and how much.
public struct PrincipalColors: Hashable, Codable, Sendable {
  /// One direction.
  public struct Component: Hashable, Codable, Sendable {
    /// The standard deviation of the pixels along it.
    public let deviation: Float
    /// Red, green and blue; a vector of length 1.
    public let direction: [Float]

    /// - Parameters:
    ///   - deviation: of the pixels along the direction.
    ///   - direction: red, green and blue.
    public init(deviation: Float, direction: [Float]) {
      precondition(direction.count == 3, "PrincipalColors: a direction of \(direction.count) numbers")
      self.deviation = deviation
      self.direction = direction
    }
  }

  /// The one with the greatest deviation first.
  public let components: [Component]

  /// - Parameter components: the one with the greatest deviation first.
  public init(_ components: [Component]) { self.components = components }

  /// ImageNet's (Krizhevsky et al. 2012; the numbers are those of fb.resnet.torch).
  public static let imageNet = PrincipalColors([
    Component(deviation: 0.2175, direction: [-0.5675, -0.5808, -0.5836]),
    Component(deviation: 0.0188, direction: [0.7192, -0.0045, -0.6948]),
    Component(deviation: 0.0045, direction: [0.4009, -0.8140, 0.4203]),
  ])

  /// What is added to each channel where a picture is moved along the components.
  /// - Parameter steps: how far along each, white being 1.
  package func shift(_ steps: [Float]) -> [Float] {
    (0..<3).map { channel in
      zip(components, steps).reduce(Float(0)) { $0 + $1.0.direction[channel] * $1.1 }
    }
  }
}

extension Augmentation {
  /// AlexNet's lighting noise (Krizhevsky et al. 2012, section 4.1): all pixels of a picture are moved along the principal
  /// components of colours, each by a normal number of the given deviation times the component's. A grey picture stays as it is.
  /// - Parameters:
  ///   - standardDeviation: of the normal numbers.
  ///   - colors: whose components; of a training set, `PrincipalColors(of:preprocessing:)` finds them.
  public static func lighting(
    standardDeviation: Float = 0.1, colors: PrincipalColors = .imageNet
  ) -> Augmentation {
    Augmentation("lighting") { image, generator in
      let steps = colors.components.map { $0.deviation * standardDeviation * generator.normal() }
      return image.channels == 3 ? image.shifted(by: colors.shift(steps)) : image
    }
  }
}

extension Image {
  /// Every channel moved by its shift (white being 1), rounded and clamped.
  package func shifted(by shift: [Float]) -> Image {
    mapped(
      through: shift.map { amount in
        (0..<256).map { UInt8(max(0, min(255, (Float($0) + amount * 255).rounded()))) }
      })
  }
}
