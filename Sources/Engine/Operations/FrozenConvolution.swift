/// activation(conv(x, w) · scale + shift + residual) with a scale and a shift by channel that are constants, as a frozen batch
/// norm's are: one pass over the output, and in the backward sweep none for the norm, which the weights take on.
/// - Parameters:
///   - x: `[N, H, W, C]`.
///   - weights: `[kh, kw, C/groups, O]`.
///   - scale: `[O]`, without a gradient.
///   - shift: `[O]`, without a gradient.
///   - residual: of the output's shape, added before the activation.
///   - activation: what follows.
///   - g: of the convolution.
package func frozenConvolution(
  _ x: Tensor, _ weights: ConvolutionWeights, scale: Tensor, shift: Tensor, residual: Tensor?,
  activation: Activation, _ g: ConvolutionGeometry
) -> Tensor {
  let plan = ConvolutionTask(g, recordingFrom: [x.node, weights.node, residual?.node]).plan
  let mask = activation.isMask ? activation : .none
  let y = convolve(
    x, prepared: weights.prepared(for: plan), plan,
    .init(scale: scale, shift: shift, residual: residual?.detached, activation: mask))
  let result = y.recorded("frozenConvolution", from: x.node, weights.node, residual?.node) { needs in
    let kept = needs[1] ? x.detached : nil
    let value = needs[0] ? weights.elements : nil
    let output = mask == .none ? nil : y
    return { dy in
      let dz = output.map { masked(dy, where: mask, gave: $0) } ?? dy
      let dx = value.map { value in
        let plan = ConvolutionTask(g, .inputGradient, for: .training).plan
        return convolutionInputGradient(dz, prepared: plan.prepare(value * scale), plan)
      }
      let dw = kept.map { x in
        convolutionWeightGradient(x, dz, ConvolutionTask(g, .weightGradient, for: .training).plan) * scale
      }
      return [dx, dw, needs[2] ? dz : nil]
    }
  }
  return mask == activation ? result : Engine.activation(result, activation)
}

extension ConvolutionWeights {
  /// Outside the graph.
  fileprivate var elements: Tensor {
    switch self {
    case .value(let tensor): tensor.detached
    case .kept(let parameter): parameter.value
    }
  }
}
