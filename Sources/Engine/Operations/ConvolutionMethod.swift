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
    switch result {
    case .output:
      return ConvolutionPlan.candidates(for: g).map { plan in
        let prepared = plan.prepare(weight, g)
        return ConvolutionMethod(
          description: "\(plan.algorithm)", isChosen: plan == ConvolutionPlan(g),
          run: { convolve(x, prepared: prepared, g, plan: plan) })
      }
    case .inputGradient:
      return gradients(g, chosen: WinogradTile(forInputGradientOf: g)) { tile in
        { convolutionInputGradient(g, tile: tile, dy, weight) }
      }
    case .weightGradient:
      return gradients(g, chosen: WinogradTile(forWeightGradientOf: g)) { tile in
        { convolutionWeightGradient(g, tile: tile, x, dy) }
      }
    }
  }

  private static func gradients(
    _ g: ConvolutionGeometry, chosen: WinogradTile?,
    _ run: (WinogradTile?) -> @Sendable () -> Tensor
  ) -> [ConvolutionMethod] {
    let tiles: [WinogradTile?] = [nil] + WinogradTile.candidates(for: g)
    let direct: ConvolutionPlan.Algorithm =
      g.isDepthwise ? .depthwise : g.isPointwise ? .pointwise : .im2col
    return tiles.map { tile in
      ConvolutionMethod(
        description: "\(tile.map { .winograd($0) } ?? direct)", isChosen: tile == chosen, run: run(tile))
    }
  }
}
