import Engine

/// A random change of a training picture and of its target. Its choices come from the generator it is handed, and from
/// nothing else.
///
/// A change of where things are is drawn from the picture's size and then done to picture and target, whatever the target
/// is; a change of colours leaves the target alone. Augmentations compose: a list of them applied in order is one too.
///
///     let augmentation = Augmentation.sequence([.randomCrop(32, padding: 4), .horizontalFlip()])
public struct Augmentation: Sendable {
  /// What it does, for logs.
  public let name: String
  private let steps: [Step]

  private enum Step: Sendable {
    case colors(@Sendable (Image, inout RandomStream) -> Image)
    case geometry(@Sendable (Image.Size, inout RandomStream) -> [GeometricChange])
    case choice([Augmentation])
    case chance(Float, [Augmentation])
  }

  private init(_ name: String, steps: [Step]) {
    self.name = name
    self.steps = steps
  }

  /// A change of colours: everything stays where it is.
  /// - Parameters:
  ///   - name: what descriptions call it.
  ///   - apply: must give a picture of the same size; another traps when it is applied.
  public init(_ name: String, _ apply: @escaping @Sendable (Image, inout RandomStream) -> Image) {
    self.init(name, steps: [.colors(apply)])
  }

  /// A change of where things are.
  /// - Parameters:
  ///   - name: what descriptions call it.
  ///   - draw: what is done to a picture of that size, the first change first.
  public init(
    _ name: String, drawing draw: @escaping @Sendable (Image.Size, inout RandomStream) -> [GeometricChange]
  ) {
    self.init(name, steps: [.geometry(draw)])
  }

  /// The picture after the augmentation.
  public func callAsFunction(_ image: Image, _ generator: inout RandomStream) -> Image {
    self(Example(image: image, label: 0), &generator).image
  }

  /// Picture and target after the augmentation.
  public func callAsFunction<Target>(
    _ example: Example<Target>, _ generator: inout RandomStream
  ) -> Example<Target> {
    var result = example
    for step in steps {
      switch step {
      case .geometry(let draw):
        result = result.transformed(by: draw(result.image.size, &generator))
      case .colors(let apply):
        let image = apply(result.image, &generator)
        precondition(
          image.size == result.image.size,
          "Augmentation '\(name)': changed a picture of \(result.image.size) to \(image.size) without its target"
        )
        result.image = image
      case .choice(let parts):
        result = parts[generator.below(parts.count)](result, &generator)
      case .chance(let probability, let parts):
        guard generator.uniform() < probability else { continue }
        for part in parts { result = part(result, &generator) }
      }
    }
    return result
  }

  /// Draws the changes of place that come before all others.
  /// - Parameters:
  ///   - changes: gets them.
  ///   - size: of the picture; afterwards of what the changes make of it.
  ///   - generator: what they are drawn from, as when the augmentation is applied.
  /// - Returns: what is left to be done; nil for nothing.
  func drawStart(
    into changes: inout [GeometricChange], of size: inout Image.Size, _ generator: inout RandomStream
  ) -> Augmentation? {
    for (index, step) in steps.enumerated() {
      guard case .geometry(let draw) = step else { return Augmentation(name, steps: Array(steps[index...])) }
      for change in draw(size, &generator) {
        size = change.size(of: size)
        changes.append(change)
      }
    }
    return nil
  }

  /// Leaves pictures as they are.
  public static let none = Augmentation("none", steps: [])

  /// One after the other.
  public static func sequence(_ parts: [Augmentation]) -> Augmentation {
    Augmentation(parts.map(\.name).joined(separator: ", "), steps: parts.flatMap(\.steps))
  }

  /// One of several, each as likely.
  /// - Parameters:
  ///   - parts: at least one.
  ///   - name: what descriptions call it; nil names the parts.
  public static func oneOf(_ parts: [Augmentation], name: String? = nil) -> Augmentation {
    precondition(!parts.isEmpty, "Augmentation.oneOf: of nothing")
    return Augmentation(
      name ?? "one of \(parts.map(\.name).joined(separator: ", "))", steps: [.choice(parts)])
  }

  /// Done with a probability, as torchvision's `RandomApply`.
  /// - Parameters:
  ///   - part: what is done then.
  ///   - probability: in 0...1.
  public static func randomApply(_ part: Augmentation, probability: Float = 0.5) -> Augmentation {
    precondition(0...1 ~= probability, "Augmentation.randomApply: a probability of \(probability)")
    return Augmentation("\(part.name) at times", steps: [.chance(probability, [part])])
  }

  /// Not random: resized, cropped and converted as evaluation prepares pictures; the steps that follow change the result.
  public static func preparation(_ preprocessing: Preprocessing) -> Augmentation {
    Augmentation(
      "preparation",
      steps: [
        .geometry { size, _ in preprocessing.changes(of: size) },
        .colors { image, _ in image.converted(toChannels: preprocessing.channels) },
      ])
  }

  /// The usual for ImageNet: a random resized crop of `size`×`size`, flipped half the time.
  public static func imageNet(size: Int = 224) -> Augmentation {
    sequence([.randomResizedCrop(size), .horizontalFlip()])
  }

  /// The usual for CIFAR: padded by 4, cropped back to 32×32 (He et al. 2015), flipped half the time.
  public static let cifar = sequence([.randomCrop(32, padding: 4), .horizontalFlip()])
}

extension RandomStream {
  /// Uniform in `0..<bound`.
  package mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// `0..<count` in random order (Fisher and Yates).
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for index in stride(from: count - 1, to: 0, by: -1) { order.swapAt(index, below(index + 1)) }
    return order
  }
}
