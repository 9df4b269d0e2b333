import Engine
import Foundation
import Images

/// Mixes the pictures of a training batch with each other, and says by how much, so that targets can be mixed too: mixup
/// (Zhang et al. 2018) and CutMix (Yun et al. 2019), with the rules of torchvision's classes of these names.
///
/// Every picture is mixed with the one before it in the batch, the first with the last; one share holds for a batch. Where
/// both are asked for, each batch draws one of them.
public struct BatchMixing: Hashable, Codable, Sendable {
  /// α of mixup's Beta(α, α), from which the share is drawn; nil for no mixup.
  public var mixup: Double?
  /// α of CutMix's; nil for no CutMix.
  public var cutmix: Double?

  /// - Parameters:
  ///   - mixup: α, above 0, or nil.
  ///   - cutmix: α, above 0, or nil.
  public init(mixup: Double? = nil, cutmix: Double? = nil) {
    precondition(
      [mixup, cutmix].allSatisfy { $0 ?? 1 > 0 },
      "BatchMixing: α of \(mixup ?? 1) and \(cutmix ?? 1) must be above 0")
    self.mixup = mixup
    self.cutmix = cutmix
  }

  /// What was drawn for a batch.
  package enum Draw: Hashable, Sendable {
    /// This share of each pixel is the picture's own.
    case mixup(ownShare: Double)
    /// These pixels are the other picture's.
    case cutmix(Image.Region)
  }

  /// - Parameters:
  ///   - size: of the batch's pictures.
  ///   - generator: where choices come from.
  /// - Returns: nil where nothing is asked for.
  func draw(for size: Image.Size, _ generator: inout RandomStream) -> Draw? {
    switch (mixup, cutmix) {
    case (nil, nil): nil
    case (let alpha?, nil): .mixup(ownShare: generator.beta(alpha))
    case (nil, let alpha?): cut(size, alpha, &generator)
    case (let mixup?, let cutmix?):
      generator.below(2) == 0 ? .mixup(ownShare: generator.beta(mixup)) : cut(size, cutmix, &generator)
    }
  }

  private func cut(_ size: Image.Size, _ alpha: Double, _ generator: inout RandomStream) -> Draw {
    let share = generator.beta(alpha)
    let (x, y) = (generator.below(size.width), generator.below(size.height))
    return .cutmix(Self.region(ownShare: share, x: x, y: y, in: size))
  }

  /// The rectangle of the other picture's share about (x, y), what is outside the picture cut off.
  package static func region(ownShare: Double, x: Int, y: Int, in size: Image.Size) -> Image.Region {
    let half = 0.5 * (1 - ownShare).squareRoot()
    let (dx, dy) = (Int(half * Double(size.width)), Int(half * Double(size.height)))
    let (left, top) = (max(x - dx, 0), max(y - dy, 0))
    return Image.Region(
      x: left, y: top, width: min(x + dx, size.width) - left, height: min(y + dy, size.height) - top)
  }
}

extension Batch {
  /// The batch with each picture mixed with the one before it.
  /// - Precondition: the batch is not mixed, and its pictures have one size.
  package func mixed(_ draw: BatchMixing.Draw) -> Batch {
    precondition(ownShare == nil, "Batch.mixed: it is mixed already")
    let (height, width, channels) = (images.shape[1], images.shape[2], images.shape[3])
    let length = height * width * channels
    let share: Double
    switch draw {
    case .mixup(let own): share = own
    case .cutmix(let region):
      share = 1 - Double(region.width * region.height) / Double(width * height)
    }
    let mixed = Tensor(shape: images.shape) { target in
      images.withUnsafeBufferPointer { source in
        for picture in 0..<count {
          let (start, other) = (picture * length, (picture + count - 1) % count * length)
          switch draw {
          case .mixup(let own):
            let (mine, rest) = (Float(own), Float(1 - own))
            for index in 0..<length {
              target.initializeElement(
                at: start + index, to: source[other + index] * rest + source[start + index] * mine)
            }
          case .cutmix(let region):
            for row in 0..<height {
              let isCut = region.y..<region.y + region.height ~= row
              for column in 0..<width {
                let from =
                  isCut && region.x..<region.x + region.width ~= column ? other : start
                for channel in 0..<channels {
                  let place = (row * width + column) * channels + channel
                  target.initializeElement(at: start + place, to: source[from + place])
                }
              }
            }
          }
        }
      }
    }
    return Batch(images: mixed, targets: targets, sizes: sizes, indices: indices, ownShare: share)
  }
}

extension RandomStream {
  /// From Beta(α, α), in 0...1: the share of one of two gamma variates of that shape in their sum.
  package mutating func beta(_ alpha: Double) -> Double {
    let difference = logGamma(alpha) - logGamma(alpha)
    return 1 / (1 + exp(difference))
  }

  /// The logarithm of a gamma variate (Marsaglia and Tsang 2000): of small shapes the variate itself would be 0.
  private mutating func logGamma(_ shape: Double) -> Double {
    func unit() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }
    // Γ(a) is Γ(a + 1) times a uniform number to the power of 1 / a.
    let boost = shape < 1 ? log(unit()) / shape : 0
    let d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = Double(normal())
      let v = 1 + c * x
      guard v > 0 else { continue }
      let cube = v * v * v
      if log(unit()) < 0.5 * x * x + d - d * cube + d * log(cube) { return boost + log(d * cube) }
    }
  }
}
