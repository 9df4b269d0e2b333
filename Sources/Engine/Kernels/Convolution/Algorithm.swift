/// Which algorithm computes convolutions, where a caller does not leave it to each one's plan.
///
/// Where the algorithm does not apply, the plan decides. Depthwise convolutions have one algorithm.
public enum ConvolutionAlgorithm: String, CaseIterable, Sendable {
  /// What each convolution's plan finds fastest.
  case auto
  /// Columns and one matrix product; of 1×1 convolutions the activations are the columns.
  case im2col
  /// Winograd's minimal filtering wherever its transforms apply, even where im2col is faster.
  case winograd
}

extension ConvolutionPlan.Algorithm: CustomStringConvertible {
  /// As profiles name it.
  package var description: String {
    switch self {
    case .depthwise: "depthwise"
    case .pointwise: "pointwise"
    case .im2col: "im2col"
    case .sharedIm2col: "im2col, shared"
    case .winograd(let tile): "Winograd \(tile)"
    }
  }
}
