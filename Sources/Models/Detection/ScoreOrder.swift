/// The order of scores: the highest first, equal ones by their index, NaN before all numbers.
package enum ScoreOrder {
  /// The indices of the `count` highest scores, in order. O(n + count · log count) and little more.
  package static func first(_ count: Int, of scores: UnsafeBufferPointer<Float>) -> [Int] {
    precondition(scores.count <= Int(UInt32.max), "ScoreOrder: \(scores.count) scores")
    guard count > 0 else { return [] }
    var keys: [UInt64] = []
    if count < scores.count {
      let least = leastPrefix(of: count, scores)
      for (index, score) in scores.enumerated() where ordered(score) >> 16 >= least {
        keys.append(key(score, index))
      }
    } else {
      keys = scores.enumerated().map { key($1, $0) }
    }
    keys.sort(by: >)
    return keys.prefix(count).map { Int(UInt32.max - UInt32(truncatingIfNeeded: $0)) }
  }

  package static func first(_ count: Int, of scores: [Float]) -> [Int] {
    scores.withUnsafeBufferPointer { first(count, of: $0) }
  }

  /// The greatest upper half of an ordered number that so many scores reach.
  private static func leastPrefix(of count: Int, _ scores: UnsafeBufferPointer<Float>) -> UInt32 {
    var counts = [Int](repeating: 0, count: 1 << 16)
    counts.withUnsafeMutableBufferPointer { counts in
      for score in scores { counts[Int(ordered(score) >> 16)] += 1 }
    }
    var (above, prefix) = (0, counts.count)
    while above < count {
      prefix -= 1
      above += counts[prefix]
    }
    return UInt32(prefix)
  }

  private static func key(_ score: Float, _ index: Int) -> UInt64 {
    UInt64(ordered(score)) << 32 | UInt64(UInt32.max - UInt32(index))
  }

  /// A number that is greater for a greater score.
  @inline(__always)
  private static func ordered(_ score: Float) -> UInt32 {
    if score.isNaN { return .max }
    let bits = (score + 0).bitPattern  // −0 is 0.
    return bits >> 31 == 1 ? ~bits : bits | 1 << 31
  }
}
