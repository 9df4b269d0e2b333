import Engine

/// How strong the operations of a policy are, in steps from none to the strongest: torchvision's two tables.
package enum MagnitudeTable {
  /// RandAugment's: translations by shares of the picture, rotations up to 30°.
  case rand
  /// TrivialAugment's "wide" one: translations up to 32 pixels, rotations up to 135°.
  case wide

  /// The magnitude of a step, without its sign.
  /// - Parameters:
  ///   - operation: whose.
  ///   - step: in `0..<steps`.
  ///   - steps: at least 2.
  ///   - size: of the picture.
  package func magnitude(of operation: PolicyOperation, step: Int, of steps: Int, in size: Image.Size)
    -> Double
  {
    func upTo(_ end: Double) -> Double { Self.spaced(0, Float(end), step, steps) }
    switch operation {
    case .identity, .autoContrast, .equalize: return 0
    case .shearX, .shearY: return upTo(self == .rand ? 0.3 : 0.99)
    case .translateX: return upTo(self == .rand ? 150.0 / 331.0 * Double(size.width) : 32)
    case .translateY: return upTo(self == .rand ? 150.0 / 331.0 * Double(size.height) : 32)
    case .rotate: return upTo(self == .rand ? 30 : 135)
    case .brightness, .color, .contrast, .sharpness: return upTo(self == .rand ? 0.9 : 0.99)
    case .posterize:
      let lost = Float(step) / (Float(steps - 1) / (self == .rand ? 4 : 6))
      return Double(8 - lost.rounded(.toNearestOrEven))
    case .solarize: return Self.spaced(255, 0, step, steps)
    }
  }

  /// In single precision, from the nearer end and with one rounding, as `torch.linspace`.
  private static func spaced(_ start: Float, _ end: Float, _ step: Int, _ steps: Int) -> Double {
    let width = (end - start) / Float(steps - 1)
    return Double(
      step < steps / 2
        ? start.addingProduct(width, Float(step)) : end.addingProduct(-width, Float(steps - 1 - step)))
  }
}

extension Augmentation {
  /// Operations drawn from ``PolicyOperation``, one after the other, all with the same magnitude, those that have one with
  /// either sign (Cubuk et al. 2020, "RandAugment"; operations and strengths are those of torchvision's class of that name).
  /// - Parameters:
  ///   - operations: how many are drawn; one may be drawn again.
  ///   - magnitude: a step in `0..<steps`, 0 being the weakest.
  ///   - steps: into how many the range of each operation is divided; at least 2.
  public static func randAugment(operations: Int = 2, magnitude: Int = 9, steps: Int = 31) -> Augmentation {
    precondition(
      operations > 0 && steps > 1 && 0..<steps ~= magnitude,
      "Augmentation.randAugment: \(operations) operations of magnitude \(magnitude) in 0..<\(steps)")
    let one = policy(.rand, steps: steps, name: "RandAugment \(magnitude)") { _ in magnitude }
    return .sequence(Array(repeating: one, count: operations))
  }

  /// One operation drawn from ``PolicyOperation`` with a magnitude that is drawn too (Müller and Hutter 2021,
  /// "TrivialAugment", the wide space; as torchvision's `TrivialAugmentWide`).
  /// - Parameter steps: into how many the range of each operation is divided; at least 2.
  public static func trivialAugmentWide(steps: Int = 31) -> Augmentation {
    precondition(steps > 1, "Augmentation.trivialAugmentWide: \(steps) steps")
    return policy(.wide, steps: steps, name: "TrivialAugment") { $0.below(steps) }
  }

  private static func policy(
    _ table: MagnitudeTable, steps: Int, name: String,
    _ step: @escaping @Sendable (inout RandomStream) -> Int
  ) -> Augmentation {
    .oneOf(
      PolicyOperation.allCases.map { operation in
        operation.augmentation { size, generator in
          let magnitude = table.magnitude(of: operation, step: step(&generator), of: steps, in: size)
          return operation.isSigned && generator.below(2) == 1 ? -magnitude : magnitude
        }
      }, name: name)
  }
}
