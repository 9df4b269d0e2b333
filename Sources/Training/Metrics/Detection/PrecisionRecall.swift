/// Precision and recall of one class as more and more detections count, the surest first.
public struct PrecisionRecall: Codable, Hashable, Sendable {
  /// The score of the last detection that counts at each point; falling.
  public let scores: [Float]
  /// The share of detections that are right.
  public let precision: [Double]
  /// The share of objects that are found.
  public let recall: [Double]
  /// The number of objects that can be found.
  public let objects: Int
  /// How many detections were right at each point.
  private let found: [Int]

  /// What a detection counts as.
  enum Outcome: UInt8 {
    case wrong, right
    /// Neither: it found what does not count.
    case ignored
  }

  /// - Parameters:
  ///   - scores: of all detections, in the order of pictures and in each falling.
  ///   - outcomes: of the same.
  ///   - objects: how many could be found.
  init(scores all: [Float], outcomes: [Outcome], objects: Int) {
    let order = DetectionGroups.fallingOrder(all).filter { outcomes[$0] != .ignored }
    var (right, counted) = (0, 0)
    var (precision, found) = ([Double](), [Int]())
    for place in order {
      counted += 1
      if outcomes[place] == .right { right += 1 }
      precision.append(Double(right) / Double(counted))
      found.append(right)
    }
    // JSON has no other numbers.
    let greatest = Float.greatestFiniteMagnitude
    self.scores = order.map { all[$0].isNaN ? -greatest : min(max(all[$0], -greatest), greatest) }
    self.precision = precision
    self.recall = found.map { objects == 0 ? 0 : Double($0) / Double(objects) }
    self.objects = objects
    self.found = found
  }

  /// The mean of the best precision at recalls of at least 0, 0.1, …, 1 (Everingham et al. 2010, section 4.2); nil without
  /// objects. Recalls are compared in whole numbers, so that 3 of 10 are a recall of 0.3.
  public var elevenPointAverage: Double? {
    guard objects > 0 else { return nil }
    // The best from each place on.
    var best = precision
    for place in best.indices.dropLast().reversed() { best[place] = max(best[place], best[place + 1]) }
    var (sum, place) = (0.0, 0)
    for tenths in 0...10 {
      while place < found.count, found[place] * 10 < tenths * objects { place += 1 }
      if place < found.count { sum += best[place] }
    }
    return sum / 11
  }

  /// The area below the curve after precision is made to fall (Everingham et al. 2015, section 3.4); nil without objects.
  public var area: Double? {
    guard objects > 0 else { return nil }
    var (sum, best) = (0.0, 0.0)
    // From the right: where recall rises, by its step times the best precision from there on.
    for place in precision.indices.reversed() {
      best = max(best, precision[place])
      let before = place == 0 ? 0 : recall[place - 1]
      if recall[place] != before { sum += (recall[place] - before) * best }
    }
    return sum
  }

  /// Whether the detection that counts last at a point is right.
  func isRight(at place: Int) -> Bool { found[place] > (place == 0 ? 0 : found[place - 1]) }

  /// At most so many points of the curve, the first and the last among them, as far apart as can be.
  public func thinned(to count: Int) -> PrecisionRecall {
    guard scores.count > count, count > 1 else { return self }
    let places = (0..<count).map { $0 * (scores.count - 1) / (count - 1) }
    return PrecisionRecall(self, places)
  }

  private init(_ whole: PrecisionRecall, _ places: [Int]) {
    scores = places.map { whole.scores[$0] }
    precision = places.map { whole.precision[$0] }
    recall = places.map { whole.recall[$0] }
    found = places.map { whole.found[$0] }
    objects = whole.objects
  }
}

/// The average precision of each class, and their mean.
public struct AveragePrecision: Codable, Hashable, Sendable {
  /// By class; nil for a class without objects that count.
  public let perClass: [Double?]

  /// - Parameter perClass: nil for a class without objects that count.
  public init(perClass: [Double?]) { self.perClass = perClass }

  /// Over the classes that have one; nil where none has.
  public var mean: Double? {
    let values = perClass.compactMap { $0 }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
