// Axes by number, and shapes that fit each other by broadcasting.

extension Shape {
  /// The shape of an elementwise result of both, by NumPy's rule: the shapes are aligned at their last axes, what one
  /// lacks counts as 1, and an extent of 1 is repeated to the other's. Nil where two extents differ and neither is 1.
  public func broadcast(with other: Shape) -> Shape? {
    let rank = Swift.max(rank, other.rank)
    let (a, b) = (padded(toRank: rank), other.padded(toRank: rank))
    var dimensions: [Int] = []
    for (x, y) in zip(a, b) {
      guard x == y || x == 1 || y == 1 else { return nil }
      dimensions.append(x == 1 ? y : x)
    }
    return Shape(dimensions)
  }

  /// The extents, behind as many 1 as `rank` wants.
  func padded(toRank rank: Int) -> [Int] {
    Array(repeating: 1, count: rank - self.rank) + dimensions
  }

  /// The axis that a number names: 0 is the outermost, −1 the innermost.
  func axis(_ axis: Int, _ operation: StaticString) -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    precondition((0..<rank).contains(resolved), "\(operation): no axis \(axis) in \(self)")
    return resolved
  }

  /// The axes that numbers name, in ascending order; nil names all.
  func axes(_ axes: [Int]?, _ operation: StaticString) -> [Int] {
    guard let axes else { return Array(0..<rank) }
    let resolved = axes.map { axis($0, operation) }.sorted()
    precondition(
      Set(resolved).count == resolved.count, "\(operation): \(axes) name an axis of \(self) twice")
    return resolved
  }

  /// Without the axes, or with extents of 1 in their place.
  func reduced(along axes: [Int], keepingDimensions: Bool) -> Shape {
    Shape(
      dimensions.indices.compactMap { axis in
        axes.contains(axis) ? (keepingDimensions ? 1 : nil) : dimensions[axis]
      })
  }

  /// How far apart neighbours along each axis lie.
  var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * dimensions[axis + 1]
    }
    return strides
  }
}

/// The shape that both are broadcast to.
func broadcastShape(_ operation: StaticString, _ x: Shape, _ y: Shape) -> Shape {
  guard let shape = x.broadcast(with: y) else {
    preconditionFailure("\(operation): the shapes \(x) and \(y) do not broadcast")
  }
  return shape
}
