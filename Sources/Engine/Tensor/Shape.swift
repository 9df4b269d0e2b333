/// The extents of a tensor, outermost first. Activations are `[N, H, W, C]`, convolution weights
/// `[kh, kw, in, out]`, linear weights `[out, in]`; a scalar has the empty shape.
public struct Shape: Hashable, Sendable {
  /// The extents, outermost first.
  public let dimensions: [Int]

  /// - Precondition: no extent is negative.
  public init(_ dimensions: [Int]) {
    precondition(dimensions.allSatisfy { $0 >= 0 }, "Shape: negative extent in \(dimensions)")
    self.dimensions = dimensions
  }

  /// The number of axes; 0 for a scalar.
  public var rank: Int { dimensions.count }

  /// The number of elements: the product of the extents, 1 for a scalar.
  public var count: Int { dimensions.reduce(1, *) }

  /// The extent of an axis, counted from the outermost.
  /// - Precondition: `axis` is in 0..<rank.
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// The extent of the innermost axis (channels in an activation).
  public var last: Int { dimensions.last ?? 1 }
}

extension Shape: ExpressibleByArrayLiteral {
  /// `[8, 224, 224, 3]`
  /// - Precondition: no extent is negative.
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
