import Engine

/// A dense row-major array of `Double`: what the plain reference functions compute with.
public struct DTensor: Sendable {
  public let shape: [Int]
  public var values: [Double]

  public init(shape: [Int], values: [Double]) {
    precondition(values.count == shape.reduce(1, *), "DTensor: \(values.count) elements do not fill \(shape)")
    self.shape = shape
    self.values = values
  }

  public init(zeros shape: [Int]) {
    self.init(shape: shape, values: Array(repeating: 0, count: shape.reduce(1, *)))
  }

  /// The same elements, widened.
  public init(_ tensor: Tensor) {
    self.init(shape: tensor.shape.dimensions, values: tensor.scalars.map(Double.init))
  }

  /// The same elements, rounded to `Float`.
  public var tensor: Tensor { Tensor(values.map(Float.init), shape: Shape(shape)) }

  public var count: Int { values.count }

  /// The element at a full index, one number an axis.
  public subscript(index: Int...) -> Double {
    get { values[offset(of: index)] }
    set { values[offset(of: index)] = newValue }
  }

  private func offset(of index: [Int]) -> Int {
    precondition(index.count == shape.count, "DTensor: index \(index) into \(shape)")
    return Swift.zip(index, shape).reduce(0) { offset, axis in
      precondition((0..<axis.1).contains(axis.0), "DTensor: index \(index) outside \(shape)")
      return offset * axis.1 + axis.0
    }
  }

  public func map(_ transform: (Double) -> Double) -> DTensor {
    DTensor(shape: shape, values: values.map(transform))
  }

  /// - Precondition: the shapes are equal.
  public func zip(_ other: DTensor, _ combine: (Double, Double) -> Double) -> DTensor {
    precondition(shape == other.shape, "DTensor: shapes \(shape) and \(other.shape) differ")
    return DTensor(shape: shape, values: Swift.zip(values, other.values).map { combine($0, $1) })
  }

  /// The inner product.
  public func dot(_ other: DTensor) -> Double {
    precondition(shape == other.shape, "DTensor: shapes \(shape) and \(other.shape) differ")
    return Swift.zip(values, other.values).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The index, one number an axis, of the element at a row-major offset.
  public static func index(of offset: Int, in shape: [Int]) -> [Int] {
    var (rest, index) = (offset, [Int](repeating: 0, count: shape.count))
    for axis in shape.indices.reversed() {
      index[axis] = rest % shape[axis]
      rest /= shape[axis]
    }
    return index
  }
}

/// Plain loops in `Double`, written to be read: the oracle of the tests.
public enum Reference {}
