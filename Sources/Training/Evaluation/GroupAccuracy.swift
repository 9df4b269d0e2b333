import Datasets

/// How well the pictures of a group are recognized, see `Dataset.group(at:)`.
public struct GroupAccuracy: Codable, Hashable, Sendable {
  /// As the data call it; nil of pictures without a group.
  public let group: String?
  /// How many pictures.
  public let pictures: Int
  /// The share recognized.
  public let accuracy: Double

  /// By group in the order of their names, those without one last.
  /// - Parameters:
  ///   - scores: of all pictures of the data, in their order.
  ///   - dataset: the measured pictures.
  /// - Returns: nothing where the data name no group.
  public static func all(_ scores: ClassifierScores, on dataset: any Dataset<Int>) -> [GroupAccuracy] {
    precondition(
      scores.labels.count == dataset.count,
      "GroupAccuracy: scores of \(scores.labels.count) of \(dataset.count) pictures")
    var counts: [String?: (pictures: Int, right: Int)] = [:]
    let classes = scores.logits.count / max(scores.labels.count, 1)
    scores.logits.withUnsafeBufferPointer { logits in
      for (index, label) in scores.labels.enumerated() {
        let row = UnsafeBufferPointer(rebasing: logits[index * classes..<(index + 1) * classes])
        let isRight = Ranking.first(row) == label
        var count = counts[dataset.group(at: index)] ?? (0, 0)
        count.pictures += 1
        count.right += isRight ? 1 : 0
        counts[dataset.group(at: index)] = count
      }
    }
    guard counts.keys.contains(where: { $0 != nil }) else { return [] }
    let names = counts.keys.sorted { a, b in
      guard let a else { return false }
      guard let b else { return true }
      return a.utf8.lexicographicallyPrecedes(b.utf8)
    }
    return names.map { name in
      let count = counts[name]!
      return GroupAccuracy(
        group: name, pictures: count.pictures, accuracy: Double(count.right) / Double(count.pictures))
    }
  }
}
