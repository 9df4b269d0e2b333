/// 2-D convolution (cross-correlation, as in PyTorch): y = x ∗ w + b.
/// - Parameters:
///   - x: `[N, H, W, C]`.
///   - weight: `[kh, kw, C/groups, O]`.
///   - bias: `[O]`.
///   - stride: vertical and horizontal, in pixels of the input.
///   - padding: zeros on both sides.
///   - dilation: the distance of the kernel's elements in pixels.
///   - groups: runs of channels that are convolved apart; C makes it depthwise.
/// - Returns: `[N, OH, OW, O]` with OH = ⌊(H + 2·padding − dilation·(kh − 1) − 1)/stride⌋ + 1.
public func conv2d(
  _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Size2D = 1,
  padding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1
) -> Tensor {
  let g = ConvolutionGeometry(
    input: x.shape, weight: weight.shape, stride: stride, padding: padding, dilation: dilation,
    groups: groups)
  precondition(
    bias == nil || bias!.shape == [g.outChannels],
    "conv2d: bias \(bias!.shape) does not fit weight \(weight.shape)")
  let recordsGradients = [x.node, weight.node, bias?.node].contains { $0 != nil }
  let y = convolve(
    x, weight, g, plan: ConvolutionPlan(g, recordsGradients: recordsGradients), .init(shift: bias))
  let (kept, keptWeight) = (x.detached, weight.detached)
  return y.recorded("conv2d", from: x.node, weight.node, bias?.node) { needs in
    { dy in
      [
        needs[0]
          ? convolutionInputGradient(g, tile: WinogradTile(forInputGradientOf: g), dy, keptWeight) : nil,
        needs[1] ? convolutionWeightGradient(g, tile: WinogradTile(forWeightGradientOf: g), kept, dy) : nil,
        needs[2] ? sumOfRows(dy) : nil,
      ]
    }
  }
}

/// What follows a convolution in the same pass over its output: activation(scale·y + shift + residual).
package struct ConvolutionEpilogue {
  /// `[O]`; nil is 1 and 0.
  package var scale, shift: Tensor?
  /// Of the output's shape.
  package var residual: Tensor?
  package var activation: Activation

  package init(
    scale: Tensor? = nil, shift: Tensor? = nil, residual: Tensor? = nil, activation: Activation = .none
  ) {
    (self.scale, self.shift, self.residual, self.activation) = (scale, shift, residual, activation)
  }

  var pointers: Epilogue {
    Epilogue(
      scale: scale.map { Source($0.storage.pointer) }, shift: shift.map { Source($0.storage.pointer) },
      residual: residual.map { Source($0.storage.pointer) }, activation: activation)
  }
}

/// The forward pass with its epilogue, outside the graph.
package func convolve(
  _ x: Tensor, _ weight: Tensor, _ g: ConvolutionGeometry, plan: ConvolutionPlan? = nil,
  _ epilogue: ConvolutionEpilogue = .init()
) -> Tensor {
  let plan = plan ?? ConvolutionPlan(g)
  return convolve(x, prepared: plan.prepare(weight, g), g, plan: plan, epilogue)
}

extension ConvolutionPlan {
  /// The weight `[kh, kw, C/groups, O]` in the form that the algorithm reads, which may be its own.
  package func prepare(_ weight: Tensor, _ g: ConvolutionGeometry) -> Storage {
    guard let form = weightForm(for: g) else { return weight.storage }
    return withExtendedLifetime(weight) {
      Kernels.prepareWeights(g, as: form, weight: weight.storage.pointer)
    }
  }
}

/// As ``convolve(_:_:_:plan:_:)``.
/// - Parameters:
///   - weights: in the plan's form, see ``ConvolutionPlan/prepare(_:_:)`` and ``Parameter/prepared(for:_:)``.
///   - slice: where to write; nil is a new tensor. With some channels of more there is no residual.
/// - Returns: the tensor that was written to.
@discardableResult
package func convolve(
  _ x: Tensor, prepared weights: Storage, _ g: ConvolutionGeometry, plan: ConvolutionPlan,
  _ epilogue: ConvolutionEpilogue = .init(), into slice: ChannelSlice? = nil
) -> Tensor {
  let slice = slice ?? ChannelSlice(of: g.outputShape)
  let y = slice.tensor
  precondition(slice.shape == g.outputShape, "conv2d: \(g.outputShape) written to \(slice.shape)")
  if let residual = epilogue.residual {
    precondition(residual.shape == y.shape, "conv2d: residual \(residual.shape) added to \(y.shape)")
  }
  withExtendedLifetime((x, weights, epilogue, y)) {
    Kernels.convolution(
      g, plan: plan, x: x.storage.pointer, weights: weights.pointer,
      y: y.storage.pointer + slice.channels.lowerBound, outputStride: y.shape.last,
      epilogue: epilogue.pointers)
  }
  return y
}

/// - Parameter tile: of Winograd's transforms; nil is im2col.
package func convolutionInputGradient(
  _ g: ConvolutionGeometry, tile: WinogradTile?, _ dy: Tensor, _ weight: Tensor
) -> Tensor {
  let dx = Tensor(uninitialized: g.inputShape)
  withExtendedLifetime((dy, weight)) {
    Kernels.convolutionInputGradient(
      g, tile: tile, dy: dy.storage.pointer, weight: weight.storage.pointer, dx: dx.storage.pointer)
  }
  return dx
}

/// - Parameter tile: of Winograd's transforms; nil is im2col.
package func convolutionWeightGradient(
  _ g: ConvolutionGeometry, tile: WinogradTile?, _ x: Tensor, _ dy: Tensor
) -> Tensor {
  let dw = Tensor(uninitialized: g.weightShape)
  withExtendedLifetime((x, dy)) {
    Kernels.convolutionWeightGradient(
      g, tile: tile, x: x.storage.pointer, dy: dy.storage.pointer, dw: dw.storage.pointer)
  }
  return dw
}

/// `[C]` from `[…, C]`: the gradient of a bias.
package func sumOfRows(_ x: Tensor) -> Tensor {
  let sums = Tensor(uninitialized: [x.shape.last])
  withExtendedLifetime(x) {
    Kernels.sumOfRows(
      x.storage.pointer, rows: x.count / max(x.shape.last, 1), columns: x.shape.last,
      into: sums.storage.pointer)
  }
  return sums
}
