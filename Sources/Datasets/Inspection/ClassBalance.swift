import Foundation

/// How evenly pictures are spread over classes.
public struct ClassBalance: Hashable, Codable, Sendable {
  /// Pictures of the largest class to those of the smallest that has any; nil where there are none.
  public let ratio: Double?
  /// Shannon's, in bits; log₂ of the number of classes where all have as many pictures.
  public let entropy: Double
  /// 2 to the power of the entropy: how many classes of equal size would be as evenly spread (Hill's number of order 1).
  public let effectiveClasses: Double
  /// How many classes have no picture.
  public let emptyClasses: Int

  /// - Parameter counts: of each class's pictures.
  public init(_ counts: [Int]) {
    let present = counts.filter { $0 > 0 }
    let total = Double(present.reduce(0, +))
    ratio = present.isEmpty ? nil : Double(present.max()!) / Double(present.min()!)
    entropy = present.reduce(0) { $0 - Double($1) / total * log2(Double($1) / total) }
    effectiveClasses = present.isEmpty ? 0 : exp2(entropy)
    emptyClasses = counts.count - present.count
  }
}
