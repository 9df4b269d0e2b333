import Engine

/// A random change of a training picture. Its choices come from the generator it is handed, and from nothing else.
///
/// Augmentations compose: a list of them applied in order is one too.
///
///     let augmentation = Augmentation.sequence([.randomCrop(32, padding: 4), .horizontalFlip()])
public struct Augmentation: Sendable {
  /// What it does, for logs.
  public let name: String
  private let apply: @Sendable (Image, inout Generator) -> Image

  public init(_ name: String, _ apply: @escaping @Sendable (Image, inout Generator) -> Image) {
    self.name = name
    self.apply = apply
  }

  public func callAsFunction(_ image: Image, _ generator: inout Generator) -> Image {
    apply(image, &generator)
  }

  /// Leaves pictures as they are.
  public static let none = Augmentation("none") { image, _ in image }

  /// One after the other.
  public static func sequence(_ steps: [Augmentation]) -> Augmentation {
    Augmentation(steps.map(\.name).joined(separator: ", ")) { image, generator in
      var result = image
      for step in steps { result = step(result, &generator) }
      return result
    }
  }

  /// The usual for ImageNet: a random resized crop of `size`×`size`, flipped half the time.
  public static func imageNet(size: Int = 224) -> Augmentation {
    sequence([.randomResizedCrop(size), .horizontalFlip()])
  }

  /// The usual for CIFAR: padded by 4, cropped back to 32×32 (He et al. 2015), flipped half the time.
  public static let cifar = sequence([.randomCrop(32, padding: 4), .horizontalFlip()])
}

extension Generator {
  /// Uniform in `0..<bound`.
  mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// `0..<count` in random order (Fisher and Yates).
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for index in stride(from: count - 1, to: 0, by: -1) { order.swapAt(index, below(index + 1)) }
    return order
  }
}
