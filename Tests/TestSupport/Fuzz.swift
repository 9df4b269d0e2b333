import Engine

/// Runs `body` on `cases` random cases. Each has a generator of its own, so that a failing one can be run alone;
/// the label names case and seed and belongs into every assertion's message.
public func fuzz(
  _ cases: Int, seed: UInt64, _ body: (_ generator: inout RandomStream, _ label: String) throws -> Void
) rethrows {
  for index in 0..<cases {
    var generator = RandomStream(seed: seed).split(index)
    try body(&generator, "(case \(index) of seed \(seed))")
  }
}

extension RandomStream {
  /// A tensor of normal numbers with standard deviation `scale`.
  public mutating func tensor(_ shape: Shape, scale: Float = 1) -> Tensor {
    Tensor((0..<shape.count).map { _ in scale * normal() }, shape: shape)
  }

  /// A tensor of numbers uniform in [lower, upper).
  public mutating func tensor(_ shape: Shape, from lower: Float, to upper: Float) -> Tensor {
    Tensor((0..<shape.count).map { _ in uniform(lower, upper) }, shape: shape)
  }

  public mutating func int(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }

  /// Each edge for itself, or, as often, opposite edges alike.
  public mutating func padding(_ range: ClosedRange<Int>) -> Padding2D {
    let (top, left) = (int(range), int(range))
    if bool() { return Padding2D(top, left) }
    return Padding2D(top: top, left: left, bottom: int(range), right: int(range))
  }

  public mutating func bool() -> Bool { next() >> 63 == 1 }

  public mutating func element<T>(_ choices: [T]) -> T { choices[int(0...choices.count - 1)] }

  /// A shape of the given rank with extents in `range`.
  public mutating func shape(rank: Int, extents range: ClosedRange<Int>) -> Shape {
    Shape((0..<rank).map { _ in int(range) })
  }
}
