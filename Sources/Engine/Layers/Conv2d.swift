/// 2-D convolution with its weight `[kh, kw, in/groups, out]` and bias, PyTorch's `Conv2d`.
public final class Conv2d: Module {
  public let path: String
  /// `[kh, kw, in/groups, out]`
  public let weight: Parameter
  /// `[out]`
  public let bias: Parameter?
  /// Vertical and horizontal, PyTorch's arguments of these names; `padding` is of zeros.
  public let stride, dilation: Size2D
  /// Zeros around the picture, by edge.
  public let padding: Padding2D
  /// Runs of channels that are convolved apart; the number of input channels makes it depthwise.
  public let groups: Int
  public var parameters: [Parameter] { [weight, bias].compactMap { $0 } }

  /// Channels of the input, of all groups together.
  public var inChannels: Int { weight.shape[2] * groups }
  /// Channels of the output, of all groups together.
  public var outChannels: Int { weight.shape[3] }
  /// The kernel's height and width.
  public var kernel: Size2D { Size2D(weight.shape[0], weight.shape[1]) }

  /// Registers `weight` and, unless there is none, `bias`; the defaults are PyTorch's.
  /// - Parameters:
  ///   - scope: names its parameters, such as `layer1.0.conv1`.
  ///   - inChannels: of the input `[N, H, W, inChannels]`.
  ///   - outChannels: of the output.
  ///   - kernel: its height and width.
  ///   - stride: in pixels of the input.
  ///   - padding: zeros on both sides.
  ///   - dilation: the distance of the kernel's elements in pixels.
  ///   - groups: runs of channels that are convolved apart.
  ///   - bias: whether there is one; without use before a batch norm.
  ///   - initializer: of the weight.
  ///   - biasInitializer: nil is PyTorch's, uniform with bound 1/√fan-in.
  /// - Precondition: `groups` divides both numbers of channels.
  public init(
    _ scope: Scope, from inChannels: Int, to outChannels: Int, kernel: Size2D,
    stride: Size2D = 1, padding: Padding2D = 0,
    dilation: Size2D = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .pytorchDefault, biasInitializer: Initializer? = nil
  ) {
    precondition(
      groups > 0 && inChannels % groups == 0 && outChannels % groups == 0,
      "Conv2d \(scope.path): \(inChannels) and \(outChannels) channels in \(groups) groups")
    path = scope.path
    (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
    let shape: Shape = [kernel.y, kernel.x, inChannels / groups, outChannels]
    weight = scope.parameter("weight", shape, layout: .convolution, initializer)
    let fanIn = kernel.y * kernel.x * inChannels / groups
    self.bias =
      bias
      ? scope.parameter("bias", [outChannels], biasInitializer ?? .pytorchBias(fanIn: fanIn)) : nil
  }

  /// A convolution with parameters that there are, such as another layer's: what layers share is one parameter, with the
  /// sum of their gradients, and one tensor in weight files.
  /// - Parameters:
  ///   - path: what observers call it.
  ///   - weight: `[kh, kw, in/groups, out]`, registered with the layout ``WeightLayout/convolution``.
  ///   - bias: `[out]`.
  ///   - stride: in pixels of the input.
  ///   - padding: zeros on both sides.
  ///   - dilation: the distance of the kernel's elements in pixels.
  ///   - groups: runs of channels that are convolved apart.
  /// - Precondition: the shapes are such, and `groups` divides the output channels.
  public init(
    path: String, weight: Parameter, bias: Parameter? = nil, stride: Size2D = 1, padding: Padding2D = 0,
    dilation: Size2D = 1, groups: Int = 1
  ) {
    precondition(
      weight.shape.rank == 4 && weight.layout == .convolution,
      "Conv2d \(path): the weight \(weight.name) \(weight.shape) is no convolution's")
    precondition(
      bias == nil || bias!.shape == [weight.shape[3]],
      "Conv2d \(path): a bias \(bias!.shape) for \(weight.shape[3]) channels")
    precondition(
      groups > 0 && weight.shape[3] % groups == 0,
      "Conv2d \(path): \(weight.shape[3]) channels in \(groups) groups")
    self.path = path
    (self.weight, self.bias) = (weight, bias)
    (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    run(x, pass, .none)
  }

  /// The convolution and an activation, in inference in one pass over the output.
  /// - Parameter slice: where to write, in a pass that records no gradients; nil is a new tensor.
  @discardableResult
  package func activated(
    _ x: consuming Tensor, _ pass: Pass, _ activation: Activation, into slice: ChannelSlice? = nil
  ) -> Tensor {
    run(x, pass, activation, into: slice)
  }

  private func run(
    _ x: consuming Tensor, _ pass: Pass, _ activation: Activation, into slice: ChannelSlice? = nil
  ) -> Tensor {
    let g = geometry(x.shape)
    let x = x
    let weights = weight.weights(in: pass)
    let bias = bias?.operand(in: pass)
    let plan = ConvolutionTask(
      g, recordingFrom: [x.node, weights.node, bias?.node], by: pass.recordsGradients ? .auto : pass.algorithm
    ).plan
    return pass.observing(
      path, description("Conv2d" + activation.suffix), parameters: [weight, self.bias], macs: g.macs,
      algorithm: "\(plan.algorithm)",
      slice: slice
    ) {
      if pass.recordsGradients {
        let y = conv2d(x, weights, bias: bias, g)
        return Engine.activation(consume y, activation)
      }
      return convolve(
        x, prepared: weight.prepared(for: plan), plan, .init(shift: bias, activation: activation), into: slice
      )
    }
  }

  package func geometry(_ input: Shape) -> ConvolutionGeometry {
    ConvolutionGeometry(
      input: input, weight: weight.shape, stride: stride, padding: padding, dilation: dilation,
      groups: groups)
  }

  func description(_ kind: String) -> String {
    "\(kind) \(weight.shape[0])×\(weight.shape[1])" + (stride == 1 ? "" : " /\(stride.y)")
  }
}
