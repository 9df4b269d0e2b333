import Engine

/// Draws the candidates that a detector's loss is of: a share of objects at most, the rest background (Girshick 2015, "Fast
/// R-CNN", section 2.3; torchvision's `BalancedPositiveNegativeSampler`).
public struct BalancedSampler: Hashable, Sendable {
  /// How many candidates a picture, at most.
  public let count: Int
  /// The greatest share of objects. Where there are fewer, background takes their place.
  public let objectShare: Double

  /// - Parameters:
  ///   - count: how many candidates a picture, at most.
  ///   - objectShare: the greatest share of objects, in 0...1.
  public init(count: Int, objectShare: Double) {
    precondition(count > 0 && 0...1 ~= objectShare, "BalancedSampler: \(count), \(objectShare)")
    (self.count, self.objectShare) = (count, objectShare)
  }

  /// Region proposals: 256, half of them objects.
  public static let proposals = BalancedSampler(count: 256, objectShare: 0.5)
  /// Heads over regions: 512, a quarter of them objects.
  public static let regions = BalancedSampler(count: 512, objectShare: 0.25)

  /// - Parameters:
  ///   - matches: what each candidate is; ignored ones are not drawn.
  ///   - generator: advanced.
  /// - Returns: the indices of the candidates that were drawn, ascending.
  public func callAsFunction(
    _ matches: [Matcher.Match], _ generator: inout RandomStream
  ) -> (objects: [Int], background: [Int]) {
    var (objects, background) = ([Int](), [Int]())
    for (index, match) in matches.enumerated() {
      switch match {
      case .object: objects.append(index)
      case .background: background.append(index)
      case .ignored: break
      }
    }
    let wanted = min(Int(Double(count) * objectShare), objects.count)
    return (
      Self.draw(wanted, of: objects, &generator), Self.draw(count - wanted, of: background, &generator)
    )
  }

  private static func draw(_ wanted: Int, of indices: [Int], _ generator: inout RandomStream) -> [Int] {
    guard wanted < indices.count else { return indices }
    var indices = indices
    for place in 0..<wanted {
      indices.swapAt(place, Int.random(in: place..<indices.count, using: &generator))
    }
    return indices.prefix(wanted).sorted()
  }
}
