/// How a network did on a labelled data set.
public struct Evaluation: Codable, Hashable, Sendable {
  public let classNames: [String]
  /// The mean cross-entropy over all pictures, without label smoothing.
  public let loss: Double
  /// The share of pictures whose label stands first.
  public let top1: Double
  /// The share of pictures whose label is among the first five.
  public let top5: Double
  /// `confusion[t][p]`: how many pictures of class `t` were taken for `p`.
  public let confusion: [[Int]]

  /// The number of pictures.
  public var count: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }

  /// The share of each class's pictures that were recognized; nil for a class without pictures.
  public var perClass: [Double?] {
    confusion.indices.map { label in
      let total = confusion[label].reduce(0, +)
      return total == 0 ? nil : Double(confusion[label][label]) / Double(total)
    }
  }

  /// The mistakes made most often, worst first.
  public func worstConfusions(_ count: Int) -> [(truth: Int, predicted: Int, pictures: Int)] {
    var mistakes: [(truth: Int, predicted: Int, pictures: Int)] = []
    for (truth, row) in confusion.enumerated() {
      for (predicted, pictures) in row.enumerated() where predicted != truth && pictures > 0 {
        mistakes.append((truth, predicted, pictures))
      }
    }
    // Sorting is stable: equal counts stay in the order of the classes.
    return Array(mistakes.sorted { $0.pictures > $1.pictures }.prefix(count))
  }
}

extension Evaluation {
  private enum CodingKeys: String, CodingKey {
    case count, loss, top1, top5, classNames, perClass, confusion
  }

  /// ``count`` and ``perClass`` are written for readers of the file; they follow from the rest.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(count, forKey: .count)
    try container.encode(loss, forKey: .loss)
    try container.encode(top1, forKey: .top1)
    try container.encode(top5, forKey: .top5)
    try container.encode(classNames, forKey: .classNames)
    try container.encode(perClass, forKey: .perClass)
    try container.encode(confusion, forKey: .confusion)
  }
}
