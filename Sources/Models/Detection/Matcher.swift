import Images

/// Which object each candidate box is to find, by how well it fits: torchvision's `Matcher`.
public struct Matcher: Hashable, Sendable {
  /// What a candidate is.
  public enum Match: Hashable, Sendable {
    /// Of the object of this index.
    case object(Int)
    /// Of none.
    case background
    /// Neither well enough of one nor of none: left out of training.
    case ignored
  }

  /// Candidates whose best quality is at least this are of that object.
  public let high: Float
  /// Candidates whose best quality is below this are background; those between are ignored.
  public let low: Float
  /// Candidates whose best quality is below this are ignored too.
  public let least: Float
  /// Whether the candidates that fit an object best are not left out, however low their quality.
  public let keepsBestOfEach: Bool

  /// - Parameters:
  ///   - high: candidates whose best quality is at least this are of that object.
  ///   - low: those below this are background, those between ignored.
  ///   - least: those below this are ignored too: with 0.1, Fast R-CNN's background is what nearly shows an object.
  ///   - keepsBestOfEach: whether each object's best candidates, all of equal ones, are of the object that they themselves
  ///     fit best, which need not be that one. An object that no candidate overlaps has no best ones.
  /// - Precondition: `low` is not above `high`.
  public init(high: Float, low: Float, least: Float = 0, keepsBestOfEach: Bool = false) {
    precondition(low <= high, "Matcher: the low threshold \(low) is above the high one, \(high)")
    (self.high, self.low, self.least, self.keepsBestOfEach) = (high, low, least, keepsBestOfEach)
  }

  /// Region proposals: 0.7, 0.3, and the best of each.
  public static let proposals = Matcher(high: 0.7, low: 0.3, keepsBestOfEach: true)
  /// Heads over regions: 0.5.
  public static let regions = Matcher(high: 0.5, low: 0.5)
  /// The same, and of background what overlaps an object by 0.1 alone (Girshick 2015, "Fast R-CNN", section 2.3).
  public static let nearRegions = Matcher(high: 0.5, low: 0.5, least: 0.1)

  /// Matches by any quality, which is asked for up to twice for each pair.
  /// - Parameters:
  ///   - candidates: how many.
  ///   - objects: how many.
  ///   - quality: how well a candidate fits an object; the same each time.
  public func match(
    candidates: Int, objects: Int, quality: (_ candidate: Int, _ object: Int) -> Float
  ) -> [Match] {
    guard objects > 0 else { return Array(repeating: .background, count: candidates) }
    var (best, bestObject) = (
      [Float](repeating: -.infinity, count: candidates), [Int](repeating: 0, count: candidates)
    )
    var highest = [Float](repeating: 0, count: objects)
    for object in 0..<objects {
      var most: Float = 0
      for candidate in 0..<candidates {
        let quality = quality(candidate, object)
        if quality > best[candidate] { (best[candidate], bestObject[candidate]) = (quality, object) }
        if quality > most { most = quality }
      }
      highest[object] = most
    }
    var matches = zip(best, bestObject).map { match($0, of: $1) }
    guard keepsBestOfEach else { return matches }
    for object in 0..<objects where highest[object] > 0 {
      for candidate in 0..<candidates where quality(candidate, object) == highest[object] {
        matches[candidate] = .object(bestObject[candidate])
      }
    }
    return matches
  }

  /// What a candidate is that fits `object` best, with that quality.
  @inline(__always)
  func match(_ quality: Float, of object: Int) -> Match {
    quality < least ? .ignored : quality < low ? .background : quality < high ? .ignored : .object(object)
  }
}
