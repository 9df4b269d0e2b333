/// Why a matrix has no factorization or system no solution.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
  /// The operand is not a matrix with at least one row and one column.
  case notAMatrix(operation: String, Shape)
  /// The operation, such as a Cholesky factorization, needs as many rows as columns.
  case notSquare(operation: String, Shape)
  /// The right-hand side does not fit the matrix.
  case mismatch(operation: String, matrix: Shape, rightHandSide: Shape)
  /// An element is infinite or not a number.
  case notFinite(operation: String)
  /// The leading minor of this order is not positive.
  case notPositiveDefinite(operation: String, order: Int)
  /// The iteration did not converge; LAPACK's `info`.
  case notConverged(operation: String, info: Int)
  /// LAPACK refused its argument of this position, or found no memory (−1010, −1011).
  case refused(operation: String, info: Int)

  public var description: String {
    switch self {
    case .notAMatrix(let operation, let shape): "\(operation): \(shape) is not a matrix with elements"
    case .notSquare(let operation, let shape): "\(operation): \(shape) is not square"
    case .mismatch(let operation, let matrix, let side):
      "\(operation): the right-hand side \(side) does not fit the matrix \(matrix)"
    case .notFinite(let operation): "\(operation): an element is infinite or not a number"
    case .notPositiveDefinite(let operation, let order):
      "\(operation): the matrix is not positive definite: its leading minor of order \(order) is not positive"
    case .notConverged(let operation, let info): "\(operation): did not converge (info \(info))"
    case .refused(let operation, let info): "\(operation): LAPACK refused (info \(info))"
    }
  }
}
