/// A vertical and a horizontal extent: of a kernel, a stride, a padding, a dilation. A literal is both at once.
///
///     Conv2d(scope, from: 3, to: 8, kernel: Size2D(1, 7), padding: Padding2D(0, 3))
///     MaxPool2d(kernel: 3, stride: 2)
public struct Size2D: Hashable, Sendable, ExpressibleByIntegerLiteral {
  /// The vertical extent.
  public let y: Int
  /// The horizontal extent.
  public let x: Int

  /// The vertical extent first, as in a shape.
  public init(_ y: Int, _ x: Int) { (self.y, self.x) = (y, x) }

  /// The same extent both ways.
  public init(_ both: Int) { self.init(both, both) }

  /// `3` is 3×3.
  public init(integerLiteral value: Int) { self.init(value) }
}

extension Size2D: CustomStringConvertible {
  /// `3×3`: vertical × horizontal.
  public var description: String { "\(y)×\(x)" }
}
