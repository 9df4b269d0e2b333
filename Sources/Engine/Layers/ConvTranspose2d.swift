/// Transposed 2-D convolution with its weight `[kh, kw, out/groups, in]` and bias, PyTorch's `ConvTranspose2d`: the weight
/// is `[in, out/groups, kh, kw]` in files.
public final class ConvTranspose2d: Module {
  /// `[kh, kw, out/groups, in]`.
  public let weight: Parameter
  /// `[out]`; nil without one.
  public let bias: Parameter?
  /// Vertical and horizontal: pixels of the output between those of the input, lines more at the bottom and right edge,
  /// the distance of the kernel's elements.
  public let stride, outputPadding, dilation: Size2D
  /// Pixels cut off the output, by edge.
  public let padding: Padding2D
  /// Runs of channels that are convolved apart.
  public let groups: Int
  public let path: String
  public var parameters: [Parameter] { [weight, bias].compactMap { $0 } }

  /// - Parameters:
  ///   - scope: where it is.
  ///   - inChannels: of the activation that comes in.
  ///   - outChannels: of the output.
  ///   - kernel: height and width of the filters.
  ///   - stride: pixels of the output between those of the input, vertical and horizontal.
  ///   - padding: lines that are cut off the output.
  ///   - outputPadding: lines more at its bottom and right edge, less than the stride or the dilation.
  ///   - dilation: the distance of the kernel's elements in pixels.
  ///   - groups: runs of channels that are convolved apart.
  ///   - bias: whether a number a channel is added.
  ///   - initializer: of the weight.
  ///   - biasInitializer: nil is PyTorch's.
  public init(
    _ scope: Scope, from inChannels: Int, to outChannels: Int, kernel: Size2D,
    stride: Size2D = 1, padding: Padding2D = 0, outputPadding: Size2D = 0,
    dilation: Size2D = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .pytorchDefault, biasInitializer: Initializer? = nil
  ) {
    precondition(
      groups > 0 && inChannels % groups == 0 && outChannels % groups == 0,
      "ConvTranspose2d \(scope.path): \(inChannels) and \(outChannels) channels in \(groups) groups")
    path = scope.path
    (self.stride, self.padding, self.outputPadding) = (stride, padding, outputPadding)
    (self.dilation, self.groups) = (dilation, groups)
    let shape: Shape = [kernel.y, kernel.x, outChannels / groups, inChannels]
    weight = scope.parameter("weight", shape, layout: .convolution, initializer)
    // PyTorch takes the fan from the weight's second axis, which is of outputs here.
    let fanIn = kernel.y * kernel.x * outChannels / groups
    self.bias =
      bias
      ? scope.parameter("bias", [outChannels], biasInitializer ?? .pytorchBias(fanIn: fanIn)) : nil
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    activated(x, pass, .none)
  }

  /// The convolution and an activation, in inference in one pass over the output.
  package func activated(_ x: consuming Tensor, _ pass: Pass, _ activation: Activation) -> Tensor {
    let x = x
    let g = ConvolutionGeometry(
      transposing: x.shape, weight: weight.shape, stride: stride, padding: padding,
      outputPadding: outputPadding, dilation: dilation, groups: groups)
    let weights = weight.weights(in: pass)
    let bias = bias?.operand(in: pass)
    let kind =
      "ConvTranspose2d\(activation.suffix) \(weight.shape[0])×\(weight.shape[1])"
      + (stride == 1 ? "" : " /\(stride.y)")
    return pass.observing(
      path, kind, parameters: [weight, self.bias], macs: g.macs,
      algorithm:
        "\(ConvolutionTask(g, .inputGradient, recordingFrom: [x.node, weights.node, bias?.node]).plan.algorithm)"
    ) {
      guard pass.recordsGradients else {
        return convTranspose2d(x, weights, bias: bias, g, activation: activation)
      }
      return Engine.activation(convTranspose2d(x, weights, bias: bias, g), activation)
    }
  }
}
