/// One convolution to compute: all that decides by which kernel, see ``plan``.
package struct ConvolutionTask: Hashable, Sendable {
  package enum Direction: Hashable, Sendable, CaseIterable {
    /// y from x and the weights.
    case output
    /// The gradient of x from that of y and the weights; a transposed convolution's output, too.
    case inputGradient
    /// The weights' gradient from x and the gradient of y.
    case weightGradient
  }

  package enum Purpose: Hashable, Sendable {
    /// Nothing follows that is differentiated: all tiles of Winograd's are allowed.
    case inference
    /// Part of a pass that records gradients, or of its backward sweep.
    case training
  }

  /// Of the operands; sums are at least as precise.
  package enum Precision: Hashable, Sendable {
    case single
  }

  package let geometry: ConvolutionGeometry
  package let direction: Direction
  package let purpose: Purpose
  package let precision: Precision
  /// What a caller wants; where that does not apply, the choice is the automatic one.
  package let algorithm: ConvolutionAlgorithm

  package init(
    _ geometry: ConvolutionGeometry, _ direction: Direction = .output, for purpose: Purpose = .inference,
    precision: Precision = .single, by algorithm: ConvolutionAlgorithm = .auto
  ) {
    (self.geometry, self.direction, self.purpose) = (geometry, direction, purpose)
    (self.precision, self.algorithm) = (precision, algorithm)
  }
}
