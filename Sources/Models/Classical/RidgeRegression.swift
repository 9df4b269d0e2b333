import Engine

/// Linear least squares with a penalty on the weights, several targets at once: `weights · x + bias`.
///
/// The mean of the targets is taken from them first; then weights and bias minimize Σ‖y_i − W·x_i − b‖² +
/// penalty · (‖W‖² + ‖b‖²), the bias being the weight of a constant feature: as in the box regression of R-CNN (Girshick et
/// al. 2014, appendix C, and the authors' program). Solved by LAPACK's Cholesky factorization of XᵀX + penalty · I.
public struct RidgeRegression: Sendable {
  /// `[K, D]`
  public let weights: Tensor
  /// `[K]`
  public let bias: Tensor

  /// - Parameters:
  ///   - features: `[N, D]`, an example a row.
  ///   - targets: `[N, K]`.
  ///   - penalty: the paper's λ; must be positive.
  /// - Throws: `LinearAlgebraError` where a feature is not finite.
  public init(_ features: Tensor, targets: Tensor, penalty: Float) throws {
    precondition(
      features.shape.rank == 2 && targets.shape.rank == 2 && features.shape[0] == targets.shape[0]
        && features.shape[0] > 0 && penalty > 0,
      "RidgeRegression: features \(features.shape), targets \(targets.shape), penalty \(penalty)")
    let (count, width, outputs) = (features.shape[0], features.shape[1], targets.shape[1])
    let means = Self.columnMeans(targets)
    let centred = Tensor(shape: targets.shape) { elements in
      for (index, value) in targets.scalars.enumerated() { elements[index] = value - means[index % outputs] }
    }
    let extended = concat([features.detached, Tensor(repeating: 1, shape: [count, 1])], axis: 1)
    var normal = transposedProduct(extended, extended)
    normal.withUnsafeMutableBufferPointer { elements in
      for index in 0...width { elements[index * (width + 1) + index] += penalty }
    }
    let solution = try LinearAlgebra.choleskySolve(normal, transposedProduct(extended, centred))
    weights = solution.slice(axis: 0, 0..<width).transposed()
    let last = solution.slice(axis: 0, width..<width + 1).scalars
    bias = Tensor(zip(last, means).map { $0 + $1 }, shape: [outputs])
  }

  /// - Parameter features: `[N, D]`.
  /// - Returns: `[N, K]`.
  public func callAsFunction(_ features: Tensor) -> Tensor {
    linear(features, weight: weights, bias: bias)
  }

  private static func columnMeans(_ matrix: Tensor) -> [Float] {
    let columns = matrix.shape[1]
    var sums = [Double](repeating: 0, count: columns)
    for (index, value) in matrix.scalars.enumerated() { sums[index % columns] += Double(value) }
    return sums.map { Float($0 / Double(matrix.shape[0])) }
  }
}
