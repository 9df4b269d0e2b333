import Engine

/// Descriptions of many places of one picture.
public struct LocalDescriptors: Sendable {
  /// `[N, length]`, a place a row; N may be 0.
  public let values: Tensor
  /// The middle of each place, in shares of the picture's width and height.
  public let places: [SIMD2<Float>]

  /// How many there are.
  public var count: Int { places.count }

  /// - Parameters:
  ///   - values: `[N, length]`.
  ///   - places: N middles, in shares of the picture's width and height.
  public init(values: Tensor, places: [SIMD2<Float>]) {
    precondition(
      values.shape.rank == 2 && values.shape[0] == places.count,
      "LocalDescriptors: \(values.shape) values of \(places.count) places")
    (self.values, self.places) = (values, places)
  }
}
