/// Zeros around a picture, by edge: in whole pixels, none negative. PyTorch has one number for opposite edges; TensorFlow,
/// ONNX and darknet pad bottom and right by more than top and left.
///
///     let same: Padding2D = 1
///     let darknet = Padding2D(top: 0, left: 0, bottom: 1, right: 1)
public struct Padding2D: Hashable, Sendable, ExpressibleByIntegerLiteral {
  /// Rows above and below, columns left and right of the picture.
  public let top, left, bottom, right: Int

  /// - Precondition: no edge is negative.
  public init(top: Int, left: Int, bottom: Int, right: Int) {
    precondition(
      min(top, left, bottom, right) >= 0,
      "Padding2D: \(top), \(left), \(bottom), \(right) are not all positive")
    (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
  }

  /// `vertical` above and below, `horizontal` left and right.
  public init(_ vertical: Int, _ horizontal: Int) {
    self.init(top: vertical, left: horizontal, bottom: vertical, right: horizontal)
  }

  /// The same at each edge.
  public init(_ all: Int) { self.init(all, all) }

  /// Opposite edges alike.
  public init(_ pair: Size2D) { self.init(pair.y, pair.x) }

  /// The same at each edge.
  public init(integerLiteral value: Int) { self.init(value) }

  /// Rows and columns in all.
  var vertical: Int { top + bottom }
  var horizontal: Int { left + right }

  /// Where the picture begins in what is padded.
  var origin: Size2D { .init(top, left) }
}

extension Padding2D: CustomStringConvertible {
  public var description: String {
    top == bottom && left == right
      ? "\(top)×\(left)" : "top \(top), left \(left), bottom \(bottom), right \(right)"
  }
}
