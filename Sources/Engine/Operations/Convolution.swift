/// 2-D convolution (cross-correlation, as in PyTorch): y = x ∗ w + b.
/// - Parameters:
///   - x: `[N, H, W, C]`.
///   - weight: `[kh, kw, C/groups, O]`.
///   - bias: `[O]`.
///   - stride: vertical and horizontal, in pixels of the input.
///   - padding: zeros at each edge.
///   - dilation: the distance of the kernel's elements in pixels.
///   - groups: runs of channels that are convolved apart; C makes it depthwise.
/// - Returns: `[N, OH, OW, O]` with OH = ⌊(H + padding.top + padding.bottom − dilation·(kh − 1) − 1)/stride⌋ + 1.
public func conv2d(
  _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Size2D = 1,
  padding: Padding2D = 0, dilation: Size2D = 1, groups: Int = 1
) -> Tensor {
  let g = ConvolutionGeometry(
    input: x.shape, weight: weight.shape, stride: stride, padding: padding, dilation: dilation,
    groups: groups)
  precondition(
    bias == nil || bias!.shape == [g.outChannels],
    "conv2d: bias \(bias!.shape) does not fit weight \(weight.shape)")
  return conv2d(x, .value(weight), bias: bias, g)
}

/// A convolution's weights `[kh, kw, C/groups, O]`, by who prepares them for its kernels.
package enum ConvolutionWeights {
  /// Prepared for each kernel that wants them: an operand of the graph, which changes with every step.
  case value(Tensor)
  /// Kept in the forms that kernels want by the parameter, which is no operand of the graph.
  case kept(by: Parameter)

  var node: Node? {
    switch self {
    case .value(let tensor): tensor.node
    case .kept: nil
    }
  }

  /// As the plan's kernel reads them.
  func prepared(for plan: ConvolutionPlan) -> Storage {
    switch self {
    case .value(let tensor): plan.prepare(tensor)
    case .kept(let parameter): parameter.prepared(for: plan)
    }
  }

  /// The same of now for a kernel of the backward sweep; what is not kept is prepared there.
  func captured(for plan: ConvolutionPlan) -> @Sendable () -> Storage {
    switch self {
    case .value(let tensor):
      let kept = tensor.detached
      return { plan.prepare(kept) }
    case .kept(let parameter):
      let storage = parameter.prepared(for: plan)
      return { storage }
    }
  }
}

extension ConvolutionTask {
  /// The output's task, as a pass over these operands wants it.
  init(
    _ g: ConvolutionGeometry, _ direction: Direction = .output, recordingFrom nodes: [Node?],
    by algorithm: ConvolutionAlgorithm = .auto
  ) {
    let records = nodes.contains { $0 != nil }
    self.init(g, direction, for: records ? .training : .inference, by: algorithm)
  }
}

/// ``conv2d(_:weight:bias:stride:padding:dilation:groups:)`` with its weights from wherever they are.
package func conv2d(
  _ x: Tensor, _ weights: ConvolutionWeights, bias: Tensor?, _ g: ConvolutionGeometry
) -> Tensor {
  let plan = ConvolutionTask(g, recordingFrom: [x.node, weights.node, bias?.node]).plan
  let y = convolve(x, prepared: weights.prepared(for: plan), plan, .init(shift: bias))
  return y.recorded("conv2d", from: x.node, weights.node, bias?.node) { needs in
    let inputPlan = ConvolutionTask(g, .inputGradient, for: .training).plan
    let weightPlan = ConvolutionTask(g, .weightGradient, for: .training).plan
    let prepared = needs[0] ? weights.captured(for: inputPlan) : nil
    let kept = needs[1] ? x.detached : nil
    return { dy in
      [
        prepared.map { convolutionInputGradient(dy, prepared: $0(), inputPlan) },
        kept.map { convolutionWeightGradient($0, dy, weightPlan) },
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
/// - Parameter plan: of an output.
package func convolve(
  _ x: Tensor, _ weight: Tensor, _ plan: ConvolutionPlan, _ epilogue: ConvolutionEpilogue = .init()
) -> Tensor {
  convolve(x, prepared: plan.prepare(weight), plan, epilogue)
}

/// As ``convolve(_:_:_:_:)``.
/// - Parameters:
///   - weights: in the plan's form, see ``ConvolutionPlan/prepare(_:)`` and ``Parameter/prepared(for:)``.
///   - slice: where to write; nil is a new tensor. With some channels of more there is no residual.
/// - Returns: the tensor that was written to.
@discardableResult
package func convolve(
  _ x: Tensor, prepared weights: Storage, _ plan: ConvolutionPlan, _ epilogue: ConvolutionEpilogue = .init(),
  into slice: ChannelSlice? = nil
) -> Tensor {
  let g = plan.geometry
  let slice = slice ?? ChannelSlice(of: g.outputShape)
  let y = slice.tensor
  precondition(slice.shape == g.outputShape, "conv2d: \(g.outputShape) written to \(slice.shape)")
  if let residual = epilogue.residual {
    precondition(residual.shape == y.shape, "conv2d: residual \(residual.shape) added to \(y.shape)")
  }
  if g.batch == 0 { return y }
  withExtendedLifetime((x, weights, epilogue, y)) {
    Kernels.convolution(
      plan, x: x.storage.pointer, weights: weights.pointer,
      y: y.storage.pointer + slice.channels.lowerBound, outputStride: y.shape.last,
      epilogue: epilogue.pointers)
  }
  return y
}

/// The gradient of x, or a transposed convolution's output.
/// - Parameters:
///   - weights: in the plan's form.
///   - plan: of an input gradient.
package func convolutionInputGradient(
  _ dy: Tensor, prepared weights: Storage, _ plan: ConvolutionPlan,
  _ epilogue: ConvolutionEpilogue = .init()
) -> Tensor {
  let dx = Tensor(uninitialized: plan.geometry.inputShape)
  if plan.geometry.batch == 0 { return dx }
  withExtendedLifetime((dy, weights, epilogue)) {
    Kernels.convolutionInputGradient(
      plan, dy: dy.storage.pointer, weights: weights.pointer, dx: dx.storage.pointer,
      epilogue: epilogue.pointers)
  }
  return dx
}

/// - Parameter plan: of a weight gradient.
package func convolutionWeightGradient(_ x: Tensor, _ dy: Tensor, _ plan: ConvolutionPlan) -> Tensor {
  // Of no picture every sum is empty.
  if plan.geometry.batch == 0 { return Tensor(zeros: plan.geometry.weightShape) }
  let dw = Tensor(uninitialized: plan.geometry.weightShape)
  withExtendedLifetime((x, dy)) {
    Kernels.convolutionWeightGradient(
      plan, x: x.storage.pointer, dy: dy.storage.pointer, dw: dw.storage.pointer)
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
