import Engine

/// NT-Xent, the normalized temperature-scaled cross-entropy of SimCLR (Chen et al. 2020, "A Simple Framework for Contrastive
/// Learning of Visual Representations", equation 1): of the 2N views of N pictures, each is to find the other view of its
/// picture among the 2N − 1 others by the cosine of their vectors. The mean over all views.
/// - Parameters:
///   - projections: `[2N, D]`; row i and row i + N are of one picture.
///   - temperature: τ, by which cosines are divided; above 0.
/// - Returns: a scalar.
/// - Precondition: there is an even number of rows, at least two.
public func ntXentLoss(_ projections: Tensor, temperature: Float = 0.5) -> Tensor {
  crossEntropy(
    viewLogits(projections, temperature: temperature), labels: otherViews(projections.shape[0]))
}

/// How many views are nearer to the other view of their picture than to any other.
/// - Parameter projections: `[2N, D]`, as of ``ntXentLoss(_:temperature:)``.
public func viewsFound(_ projections: Tensor) -> Int {
  let logits = viewLogits(projections.detached, temperature: 1)
  return zip(logits.argmax(axis: 1), otherViews(projections.shape[0])).count { $0 == $1 }
}

/// The row of the other view of each row's picture.
private func otherViews(_ rows: Int) -> [Int] { (0..<rows).map { ($0 + rows / 2) % rows } }

/// Cosines by τ, `[2N, 2N]`; of a view with itself what no softmax sees.
private func viewLogits(_ projections: Tensor, temperature: Float) -> Tensor {
  let shape = projections.shape
  precondition(
    shape.rank == 2 && shape[0] > 0 && shape[0] % 2 == 0,
    "ntXentLoss: \(shape) are no vectors of two views each")
  precondition(temperature > 0, "ntXentLoss: a temperature of \(temperature)")
  // What is added keeps the gradient of a vector of zeros finite.
  let lengths = sqrt(square(projections).sum(axis: 1, keepingDimensions: true) + 1e-12)
  let directions = projections / lengths
  let rows = shape[0]
  let itself = Tensor(shape: [rows, rows]) { elements in
    elements.initialize(repeating: 0)
    for row in 0..<rows { elements[row * rows + row] = -1e9 }
  }
  return matmul(directions, directions.transposed()) * (1 / temperature) + itself
}
