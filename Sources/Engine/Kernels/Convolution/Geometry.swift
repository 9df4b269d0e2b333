/// The sizes of one 2-D convolution, checked once. Activations are `[N, H, W, C]`, weights `[kh, kw, in/groups, out]`.
public struct ConvolutionGeometry: Hashable, Sendable {
  /// N, H, W and C of the input.
  public let batch, height, width, inChannels: Int
  /// kh, kw and the output's channels, of all groups together.
  public let kernelHeight, kernelWidth, outChannels: Int
  /// Vertical and horizontal, in pixels of the input, as PyTorch's `conv2d` takes them; stride and dilation at least 1.
  public let stride, dilation: Size2D
  /// Zeros around the picture, by edge.
  public let padding: Padding2D
  /// Runs of channels that are convolved apart; 1 is an ordinary convolution, the input's channels a depthwise one.
  public let groups: Int
  /// Of the output: (H + padding − dilation · (kh − 1) − 1) / stride + 1 rounded down, padding counted on both sides.
  public let outHeight, outWidth: Int

  /// - Precondition: the shapes fit each other and the output is not empty.
  public init(
    input: Shape, weight: Shape, stride: Size2D = 1, padding: Padding2D = 0, dilation: Size2D = 1,
    groups: Int = 1
  ) {
    precondition(
      input.rank == 4 && weight.rank == 4,
      "conv2d: input \(input) and weight \(weight) must be [N, H, W, C] and [kh, kw, in/groups, out]")
    precondition(
      groups > 0 && input[3] == weight[2] * groups && weight[3] % groups == 0,
      "conv2d: input \(input) and weight \(weight) do not fit with \(groups) groups")
    precondition(
      stride.y > 0 && stride.x > 0 && dilation.y > 0 && dilation.x > 0,
      "conv2d: stride \(stride), dilation \(dilation)")
    (batch, height, width, inChannels) = (input[0], input[1], input[2], input[3])
    (kernelHeight, kernelWidth, outChannels) = (weight[0], weight[1], weight[3])
    (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
    outHeight = (height + padding.vertical - dilation.y * (kernelHeight - 1) - 1) / stride.y + 1
    outWidth = (width + padding.horizontal - dilation.x * (kernelWidth - 1) - 1) / stride.x + 1
    precondition(
      height + padding.vertical > dilation.y * (kernelHeight - 1)
        && width + padding.horizontal > dilation.x * (kernelWidth - 1),
      "conv2d: a \(weight) kernel does not fit into input \(input) padded by \(padding)")
  }

  /// Of the convolution whose input gradient is the transposed convolution of `input` `[N, h, w, in]` with `weight`
  /// `[kh, kw, out/groups, in]`: its output is `input`, its input the transposed one's output, of
  /// (h − 1)·stride − padding + dilation·(kh − 1) + outputPadding + 1 lines.
  /// - Precondition: the shapes fit each other, the output is not empty, and its padding is below the stride or the
  ///   dilation.
  public init(
    transposing input: Shape, weight: Shape, stride: Size2D = 1, padding: Padding2D = 0,
    outputPadding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1
  ) {
    precondition(
      input.rank == 4 && weight.rank == 4,
      "convTranspose2d: input \(input) and weight \(weight) must be [N, H, W, C] and [kh, kw, out/groups, in]"
    )
    precondition(
      groups > 0 && input[3] == weight[3] && weight[3] % groups == 0,
      "convTranspose2d: input \(input) and weight \(weight) do not fit with \(groups) groups")
    precondition(
      stride.y > 0 && stride.x > 0 && dilation.y > 0 && dilation.x > 0
        && (0..<max(stride.y, dilation.y)).contains(outputPadding.y)
        && (0..<max(stride.x, dilation.x)).contains(outputPadding.x),
      "convTranspose2d: stride \(stride), dilation \(dilation), output padding \(outputPadding)")
    (batch, outHeight, outWidth, outChannels) = (input[0], input[1], input[2], input[3])
    (kernelHeight, kernelWidth, inChannels) = (weight[0], weight[1], weight[2] * groups)
    (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
    height =
      (input[1] - 1) * stride.y - padding.vertical + dilation.y * (weight[0] - 1) + outputPadding.y + 1
    width =
      (input[2] - 1) * stride.x - padding.horizontal + dilation.x * (weight[1] - 1) + outputPadding.x + 1
    precondition(
      height > 0 && width > 0,
      "convTranspose2d: nothing is left of input \(input) and weight \(weight) without padding \(padding)")
  }

  /// Input channels that an output channel sees.
  public var inPerGroup: Int { inChannels / groups }
  /// Output channels of one group.
  public var outPerGroup: Int { outChannels / groups }
  /// `[N, H, W, C]`
  public var inputShape: Shape { [batch, height, width, inChannels] }
  /// `[N, outHeight, outWidth, outChannels]`
  public var outputShape: Shape { [batch, outHeight, outWidth, outChannels] }
  /// `[kh, kw, in/groups, out]`
  public var weightShape: Shape { [kernelHeight, kernelWidth, inPerGroup, outChannels] }

  /// Output positions in the whole batch: rows of the matrix product.
  public var pixels: Int { batch * outHeight * outWidth }

  /// Multiply-accumulates of the forward pass.
  public var macs: Int { pixels * outChannels * kernelHeight * kernelWidth * inPerGroup }

  /// Whether the activations are the columns as they lie.
  var isPointwise: Bool {
    kernelHeight == 1 && kernelWidth == 1 && stride == 1 && padding == 0 && height == outHeight
      && width == outWidth
  }

  /// One filter a channel.
  var isDepthwise: Bool { groups > 1 && groups == inChannels && groups == outChannels }
}
