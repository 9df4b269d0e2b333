/// One change of a recipe: its name and its numbers.
package struct AugmentationOperation: Hashable, Sendable {
  /// What is done, by the names that people type.
  package enum Kind: String, CaseIterable, Sendable {
    case flip
    case verticalFlip = "vertical-flip"
    case shift
    case crop
    case resizedCrop = "resized-crop"
    case imagenet
    case rotate
    case color
    case grey
    case blur
    case lighting
    case pca
    case randAugment = "randaugment"
    case trivialAugment = "trivialaugment"
    case erase
    case zoom
    case ssd
    case mosaic

    /// Whether it is a recipe of its own for pictures with boxes.
    package var isForObjects: Bool { [.zoom, .ssd, .mosaic].contains(self) }
    /// Whether pictures have the network's size behind it.
    var bringsToSize: Bool { [.resizedCrop, .imagenet].contains(self) }
    /// Whether it cuts squares.
    var needsSquare: Bool { [.shift, .crop, .resizedCrop, .imagenet].contains(self) }
    /// Whether it mirrors, which the size does not matter to.
    var isFlip: Bool { [.flip, .verticalFlip].contains(self) }

    /// The numbers that may follow.
    var parameters: [Parameter] {
      let probability = Parameter("PROBABILITY", 0.5, 0...1)
      switch self {
      case .flip, .verticalFlip: return [probability]
      case .shift: return [Parameter("PIXELS", 0, 0...4096, isWhole: true)]
      case .resizedCrop: return [Parameter("LEAST", 0.08, 0.001...1), Parameter("MOST", 1, 0.001...1)]
      case .rotate: return [Parameter("DEGREES", 15, 0...180)]
      case .color:
        return ["BRIGHTNESS", "CONTRAST", "SATURATION"].map { Parameter($0, 0.4, 0...10) } + [
          Parameter("HUE", 0.1, 0...0.5), Parameter("PROBABILITY", 1, 0...1, isLater: true),
        ]
      case .grey: return [Parameter("PROBABILITY", 0.2, 0...1)]
      case .blur:
        return [probability, Parameter("LEAST", 0.1, 0.01...100), Parameter("MOST", 2, 0.01...100)]
      case .lighting, .pca: return [Parameter("DEVIATION", 0.1, 0...10)]
      case .randAugment:
        return [
          Parameter("OPERATIONS", 2, 1...20, isWhole: true), Parameter("MAGNITUDE", 9, 0...30, isWhole: true),
        ]
      case .erase:
        return [
          Parameter("PROBABILITY", 0.25, 0...1), Parameter("LEAST", 0.02, 0.001...1),
          Parameter("MOST", 0.33, 0.001...1),
        ]
      case .crop, .imagenet, .trivialAugment, .zoom, .ssd, .mosaic: return []
      }
    }

    /// As help texts write it, with the usual numbers: `flip[:PROBABILITY=0.5]`.
    var syntax: String {
      rawValue + parameters.map { "[:\($0.name)=\($0.text($0.usual))" }.joined()
        + String(repeating: "]", count: parameters.count)
    }
  }

  /// A number of an operation.
  struct Parameter {
    let name: String
    let usual: Double
    let range: ClosedRange<Double>
    let isWhole: Bool
    /// Whether earlier versions lacked it: they read what is written without it.
    let isLater: Bool

    init(
      _ name: String, _ usual: Double, _ range: ClosedRange<Double>, isWhole: Bool = false,
      isLater: Bool = false
    ) {
      self.isLater = isLater
      self.name = name
      self.usual = usual
      self.range = range
      self.isWhole = isWhole
    }

    func text(_ value: Double) -> String {
      isWhole || value == value.rounded() ? "\(Int(value))" : "\(value)"
    }
  }

  /// What is done.
  package let kind: Kind
  /// For each of the kind's parameters.
  let values: [Double]

  init(_ kind: Kind) {
    self.kind = kind
    values = kind.parameters.map(\.usual)
  }

  /// - Parameter text: a name, and numbers after colons; the usual ones stand for those that are left out.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)``.
  init(_ text: String) throws {
    var fields = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let name = fields.removeFirst()
    guard let kind = Kind(rawValue: name) else {
      let names = Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw TrainingError.invalidConfiguration("there is no augmentation '\(name)', only none, \(names)")
    }
    let parameters = kind.parameters
    guard fields.count <= parameters.count else {
      throw TrainingError.invalidConfiguration(
        "the augmentation '\(text)' has \(fields.count == 1 ? "a number" : "numbers") too many: \(kind.syntax)"
      )
    }
    self.kind = kind
    values = try parameters.enumerated().map { place, parameter in
      guard place < fields.count else { return parameter.usual }
      guard let value = Double(fields[place]), parameter.range ~= value,
        !parameter.isWhole || value == value.rounded()
      else {
        let (low, high) = (
          parameter.text(parameter.range.lowerBound), parameter.text(parameter.range.upperBound)
        )
        throw TrainingError.invalidConfiguration(
          "the augmentation '\(text)': \(parameter.name) '\(fields[place])' is no \(parameter.isWhole ? "whole " : "")"
            + "number from \(low) to \(high)")
      }
      return value
    }
    if [.resizedCrop, .erase, .blur].contains(kind), values[values.count - 2] > values[values.count - 1] {
      throw TrainingError.invalidConfiguration("the augmentation '\(text)': LEAST is more than MOST")
    }
  }
}

extension AugmentationOperation: CustomStringConvertible {
  /// As it is written; without numbers where they are the usual ones.
  package var description: String {
    let parameters = kind.parameters
    if values == parameters.map(\.usual) { return kind.rawValue }
    let written = zip(parameters, values).filter { !($0.isLater && $1 == $0.usual) }
    return ([kind.rawValue] + written.map { $0.text($1) }).joined(separator: ":")
  }
}
