import Engine

/// The directions in which vectors differ most (Pearson 1901, Hotelling 1933): eigenvectors of their covariance, by LAPACK.
public struct PrincipalComponents: Sendable {
  /// Of the vectors that they were found from, `[D]`.
  public let mean: Tensor
  /// `[count, D]`: a direction of length 1 a row, that of the greatest variance first.
  public let directions: Tensor
  /// The variance along each direction.
  public let variances: [Float]
  /// Minus the mean along each direction.
  private let shift: Tensor

  /// - Parameters:
  ///   - points: `[N, D]`, two at least.
  ///   - count: how many directions, at most D.
  /// - Throws: `LinearAlgebraError` where an element is not finite.
  public init(_ points: Tensor, count: Int) throws {
    precondition(
      points.shape.rank == 2 && points.shape[0] > 1 && 1...points.shape[1] ~= count,
      "PrincipalComponents: \(count) directions of points \(points.shape)")
    let (number, width) = (points.shape[0], points.shape[1])
    var sums = [Double](repeating: 0, count: width)
    points.withUnsafeBufferPointer { elements in
      for row in 0..<number {
        for column in 0..<width { sums[column] += Double(elements[row * width + column]) }
      }
    }
    let mean = Tensor(sums.map { Float($0 / Double(number)) }, shape: [width])
    var products = [Double](repeating: 0, count: width * width)
    points.forEachPiece { _, piece in
      let centred = piece - mean
      for (index, value) in transposedProduct(centred, centred).scalars.enumerated() {
        products[index] += Double(value)
      }
    }
    let covariance = Tensor(products.map { Float($0 / Double(number - 1)) }, shape: [width, width])
    let (values, vectors) = try LinearAlgebra.symmetricEigen(covariance)
    // Ascending there.
    let order = (0..<count).map { width - 1 - $0 }
    directions = vectors.transposed().indexSelect(order)
    let ascending = values.scalars
    variances = order.map { max(ascending[$0], 0) }
    self.mean = mean
    shift = Tensor(
      linear(mean.reshaped(to: [1, width]), weight: directions).scalars.map { -$0 }, shape: [count])
  }

  /// Where points lie along the directions, from the mean.
  /// - Parameter points: `[N, D]`.
  /// - Returns: `[N, count]`.
  public func callAsFunction(_ points: Tensor) -> Tensor { linear(points, weight: directions, bias: shift) }
}
