/// One way to compute a convolution or one of its gradients, with its operands: for measuring the ways beside each
/// other. ``conv2d(_:weight:bias:stride:padding:dilation:groups:)`` and the layers choose by themselves.
///
///     let methods = ConvolutionMethod.all(.output, of: geometry, x: x, weight: weight, outputGradient: dy)
///     for method in methods { let y = method() }
public struct ConvolutionMethod: Sendable, CustomStringConvertible {
  /// What is computed.
  public enum Result: String, CaseIterable, Sendable {
    /// The convolution itself, of the geometry's output shape.
    case output
    /// The gradient of the input, of its shape.
    case inputGradient
    /// The gradient of the weight, of its shape.
    case weightGradient
  }

  /// The algorithm, such as `im2col` or `Winograd F(4×4, 3×3)`.
  public let description: String
  /// Whether a network would take this one.
  public let isChosen: Bool
  private let run: @Sendable () -> Tensor

  /// Computes it, outside the graph.
  public func callAsFunction() -> Tensor { run() }

  /// Every way that applies. Weights are transformed or packed here, once, where a network keeps them so.
  /// - Parameters:
  ///   - result: which of the three is computed.
  ///   - g: the sizes.
  ///   - x: of the geometry's input shape.
  ///   - weight: of its weight shape.
  ///   - dy: of its output shape.
  public static func all(
    _ result: Result, of g: ConvolutionGeometry, x: Tensor, weight: Tensor, outputGradient dy: Tensor
  ) -> [ConvolutionMethod] {
    precondition(
      x.shape == g.inputShape && weight.shape == g.weightShape && dy.shape == g.outputShape,
      "ConvolutionMethod: input \(x.shape), weight \(weight.shape) and output \(dy.shape) are not "
        + "\(g.inputShape), \(g.weightShape) and \(g.outputShape)")
    let (direction, purpose): (ConvolutionTask.Direction, ConvolutionTask.Purpose) =
      switch result {
      case .output: (.output, .inference)
      case .inputGradient: (.inputGradient, .training)
      case .weightGradient: (.weightGradient, .training)
      }
    let task = ConvolutionTask(g, direction, for: purpose)
    let chosen = task.plan
    return task.candidates.map { plan in
      ConvolutionMethod(
        description: "\(plan.algorithm)", isChosen: plan == chosen,
        run: run(plan, x: x, weight: weight, outputGradient: dy))
    }
  }

  private static func run(
    _ plan: ConvolutionPlan, x: Tensor, weight: Tensor, outputGradient dy: Tensor
  ) -> @Sendable () -> Tensor {
    switch plan.task.direction {
    case .output:
      let prepared = plan.prepare(weight)
      return { convolve(x, prepared: prepared, plan) }
    // In training, weights change with every step.
    case .inputGradient: return { convolutionInputGradient(dy, prepared: plan.prepare(weight), plan) }
    case .weightGradient: return { convolutionWeightGradient(x, dy, plan) }
    }
  }
}
