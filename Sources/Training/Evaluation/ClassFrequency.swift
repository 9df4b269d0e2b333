import Datasets

/// How well classes are recognized by how many pictures there are of them.
public struct ClassFrequency: Codable, Hashable, Sendable {
  /// Classes with about as many pictures.
  public struct Group: Codable, Hashable, Sendable {
    /// How many classes.
    public let classes: Int
    /// The fewest and the most pictures of a class.
    public let fewest, most: Int
    /// The mean over the classes of the share recognized.
    public let accuracy: Double
  }

  /// The part whose pictures are counted.
  public let part: String
  /// Pictures of each class there.
  public let counts: [Int]
  /// Spearman's rank correlation of a class's pictures and the share of it that is recognized, equal values with their mean
  /// rank; nil where all are equal, and of fewer than three classes, whose ranks say nothing.
  public let correlation: Double?
  /// The rarest third of the measured classes, the middle one and the most frequent; fewer where there are fewer classes.
  public let groups: [Group]

  /// - Parameters:
  ///   - evaluation: of pictures of the same classes.
  ///   - counts: pictures of each class, in the order of the classes.
  ///   - part: where they are counted, such as `train`.
  public init(_ evaluation: Evaluation, counts: [Int], part: String) {
    precondition(
      counts.count == evaluation.perClass.count,
      "ClassFrequency: \(counts.count) counts for \(evaluation.perClass.count) classes")
    self.counts = counts
    self.part = part
    let measured = zip(counts, evaluation.perClass).compactMap { count, share in
      share.map { (count: count, share: $0) }
    }
    correlation =
      measured.count < 3
      ? nil
      : Self.correlation(Self.ranks(measured.map { Double($0.count) }), Self.ranks(measured.map(\.share)))
    // A stable order: equal counts stay in the order of the classes.
    let ordered = measured.enumerated().sorted {
      ($0.element.count, $0.offset) < ($1.element.count, $1.offset)
    }
    .map(\.element)
    let number = min(3, ordered.count)
    groups = (0..<number).map { third in
      let part = ordered[third * ordered.count / number..<(third + 1) * ordered.count / number]
      return Group(
        classes: part.count, fewest: part.first!.count, most: part.last!.count,
        accuracy: part.reduce(0) { $0 + $1.share } / Double(part.count))
    }
  }

  /// The pictures of each class.
  /// - Throws: what reading a target throws.
  public static func counts(of dataset: any Dataset<Int>) throws -> [Int] {
    var counts = [Int](repeating: 0, count: dataset.classNames.count)
    for index in 0..<dataset.count { counts[try dataset.target(at: index)] += 1 }
    return counts
  }

  /// From 1 on; equal values share the mean of their ranks.
  private static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      let end = order[start...].firstIndex { values[$0] != values[order[start]] } ?? order.count
      for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
      start = end
    }
    return ranks
  }

  /// Pearson's.
  private static func correlation(_ a: [Double], _ b: [Double]) -> Double? {
    let (meanA, meanB) = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
    var (products, squaresA, squaresB) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      products += (x - meanA) * (y - meanB)
      squaresA += (x - meanA) * (x - meanA)
      squaresB += (y - meanB) * (y - meanB)
    }
    return squaresA > 0 && squaresB > 0 ? products / (squaresA * squaresB).squareRoot() : nil
  }
}

extension Evaluation {
  /// The mean over the classes that have pictures of the share recognized, each class counting the same; 0 without pictures.
  public var balancedAccuracy: Double {
    let shares = perClass.compactMap { $0 }
    return shares.isEmpty ? 0 : shares.reduce(0, +) / Double(shares.count)
  }
}
