/// How a network did on a labelled data set.
public struct Evaluation: Codable, Hashable, Sendable {
  /// In the order of the classes.
  public let classNames: [String]
  /// The number of pictures.
  public let count: Int
  /// The mean cross-entropy over all pictures, without label smoothing.
  public let loss: Double
  /// The share of pictures whose label stands first.
  public let top1: Double
  /// The share of pictures whose label is among the first five.
  public let top5: Double
  /// The share of each class's pictures that were recognized; nil for a class without pictures.
  public let perClass: [Double?]
  /// `confusion[t][p]`: how many pictures of class `t` were taken for `p`.
  public let confusion: [[Int]]
  /// How far the probabilities are from the shares that are right; nil where a logit is not finite, and in files of before.
  public internal(set) var calibration: Calibration?
  /// The same at the temperature fitted on these pictures themselves; nil where there is none, and where pictures times classes
  /// are more than 16,777,216: so many logits are not kept.
  public internal(set) var scaled: Calibration?

  init(classNames: [String], loss: Double, inTopFive: Int, confusion: [[Int]]) {
    let totals = confusion.map { $0.reduce(0, +) }
    let recognized = confusion.indices.map { confusion[$0][$0] }
    let count = totals.reduce(0, +)
    func share(_ part: Int) -> Double { count == 0 ? 0 : Double(part) / Double(count) }
    self.classNames = classNames
    self.count = count
    self.loss = loss
    top1 = share(recognized.reduce(0, +))
    top5 = share(inTopFive)
    perClass = zip(recognized, totals).map { $1 == 0 ? nil : Double($0) / Double($1) }
    self.confusion = confusion
  }

  /// The mistakes made most often, worst first; equal counts in the order of the classes.
  public func worstConfusions(_ count: Int) -> [(truth: Int, predicted: Int, pictures: Int)] {
    var mistakes: [(truth: Int, predicted: Int, pictures: Int)] = []
    for (truth, row) in confusion.enumerated() {
      for (predicted, pictures) in row.enumerated() where predicted != truth && pictures > 0 {
        mistakes.append((truth, predicted, pictures))
      }
    }
    let sorted = mistakes.sorted {
      ($1.pictures, $0.truth, $0.predicted) < ($0.pictures, $1.truth, $1.predicted)
    }
    return Array(sorted.prefix(count))
  }
}

extension Evaluation {
  /// - Throws: `DecodingError`, also where the parts contradict each other.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    classNames = try values.decode([String].self, forKey: .classNames)
    count = try values.decode(Int.self, forKey: .count)
    loss = try values.decode(Double.self, forKey: .loss)
    top1 = try values.decode(Double.self, forKey: .top1)
    top5 = try values.decode(Double.self, forKey: .top5)
    perClass = try values.decode([Double?].self, forKey: .perClass)
    confusion = try values.decode([[Int]].self, forKey: .confusion)
    calibration = try values.decodeIfPresent(Calibration.self, forKey: .calibration)
    scaled = try values.decodeIfPresent(Calibration.self, forKey: .scaled)
    let (classes, shares) = (classNames.count, [top1, top5] + perClass.compactMap { $0 })
    let isSquare = confusion.count == classes && confusion.allSatisfy { $0.count == classes }
    guard isSquare, perClass.count == classes, shares.allSatisfy({ 0...1 ~= $0 }),
      Self.sum(confusion.joined()) == count
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "counts that do not belong together"))
    }
  }

  /// Nil where a count is negative or the sum is too large.
  private static func sum(_ counts: some Sequence<Int>) -> Int? {
    var sum = 0
    for count in counts {
      let (next, overflow) = sum.addingReportingOverflow(count)
      guard count >= 0, !overflow else { return nil }
      sum = next
    }
    return sum
  }
}
