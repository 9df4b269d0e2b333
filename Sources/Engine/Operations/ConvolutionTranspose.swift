/// Transposed 2-D convolution, PyTorch's `conv_transpose2d`: each input element is spread over the output by the kernel;
/// the adjoint of ``conv2d(_:weight:bias:stride:padding:dilation:groups:)`` with the same weight.
/// - Parameters:
///   - x: `[N, h, w, C]`.
///   - weight: `[kh, kw, O/groups, C]`; in files `[C, O/groups, kh, kw]`.
///   - bias: `[O]`.
///   - stride: pixels of the output between those of the input, vertical and horizontal.
///   - padding: lines that are cut off the output.
///   - outputPadding: lines more at its bottom and right edge, less than the stride or the dilation.
///   - dilation: the distance of the kernel's elements in pixels.
///   - groups: runs of channels that are convolved apart.
/// - Returns: `[N, H, W, O]` with H = (h − 1)·stride − padding.top − padding.bottom + dilation·(kh − 1) + outputPadding + 1.
public func convTranspose2d(
  _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Size2D = 1,
  padding: Padding2D = 0, outputPadding: Size2D = 0, dilation: Size2D = 1,
  groups: Int = 1
) -> Tensor {
  let g = ConvolutionGeometry(
    transposing: x.shape, weight: weight.shape, stride: stride, padding: padding,
    outputPadding: outputPadding, dilation: dilation, groups: groups)
  precondition(
    bias == nil || bias!.shape == [g.inChannels],
    "convTranspose2d: bias \(bias!.shape) does not fit weight \(weight.shape) in \(groups) groups")
  return convTranspose2d(x, .value(weight), bias: bias, g)
}

/// The same with its weights from wherever they are.
/// - Parameters:
///   - g: see ``ConvolutionGeometry/init(transposing:weight:stride:padding:outputPadding:dilation:groups:)``.
///   - activation: in the same pass over the output; none where gradients are recorded.
package func convTranspose2d(
  _ x: Tensor, _ weights: ConvolutionWeights, bias: Tensor?, _ g: ConvolutionGeometry,
  activation: Activation = .none
) -> Tensor {
  let nodes = [x.node, weights.node, bias?.node]
  precondition(
    activation == .none || nodes.allSatisfy { $0 == nil },
    "convTranspose2d: \(activation) in a pass that records gradients")
  let plan = ConvolutionTask(g, .inputGradient, recordingFrom: nodes).plan
  let y = convolutionInputGradient(
    x, prepared: weights.prepared(for: plan), plan, .init(shift: bias, activation: activation))
  return y.recorded("convTranspose2d", from: x.node, weights.node, bias?.node) { needs in
    let inputPlan = ConvolutionTask(g, for: .training).plan
    let weightPlan = ConvolutionTask(g, .weightGradient, for: .training).plan
    let prepared = needs[0] ? weights.captured(for: inputPlan) : nil
    let kept = needs[1] ? x.detached : nil
    return { dy in
      [
        prepared.map { convolve(dy, prepared: $0(), inputPlan) },
        kept.map { convolutionWeightGradient(dy, $0, weightPlan) },
        needs[2] ? sumOfRows(dy) : nil,
      ]
    }
  }
}
