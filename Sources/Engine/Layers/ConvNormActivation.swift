/// Convolution, batch norm, optionally a residual sum and an activation, as one module.
///
/// In training: convolution, then batch norm with residual, ReLU or clipping in one pass, with exact running statistics.
/// In inference: one convolution whose epilogue scales, shifts, adds and activates each tile while it is in cache.
public final class ConvNormActivation: Module, SliceWriting {
  public let path: String
  /// Its own layer, with keys of its own such as `conv1.weight`.
  public let convolution: Conv2d
  /// Its own layer, over the convolution's output channels.
  public let norm: BatchNorm2d
  /// What follows.
  public let activation: Activation
  public var children: [any Module] { [convolution, norm] }

  /// - Parameters:
  ///   - convolution: registered under its own scope; in inference a bias becomes a part of the norm's shift.
  ///   - norm: over the convolution's output channels.
  ///   - activation: what follows.
  ///   - scope: the name of the whole's output; nil leaves it without one.
  public init(
    _ convolution: Conv2d, _ norm: BatchNorm2d, activation: Activation = .relu, at scope: Scope? = nil
  ) {
    path = scope?.path ?? ""
    self.convolution = convolution
    self.norm = norm
    self.activation = activation
  }

  /// A convolution without bias, its batch norm and an activation, torchvision's `Conv2dNormActivation`: in weight files the
  /// convolution is `0` and the norm `1`.
  /// - Parameters:
  ///   - scope: the name of the whole.
  ///   - inChannels: of the activation that comes in.
  ///   - outChannels: of the convolution and its norm.
  ///   - kernel: height and width of the filters.
  ///   - stride: vertical and horizontal, in pixels of the input.
  ///   - padding: nil keeps height and width where the stride is 1 and the kernel odd.
  ///   - dilation: the distance of the kernel's elements in pixels.
  ///   - groups: runs of channels that are convolved apart.
  ///   - activation: what follows.
  ///   - initializer: of the convolution's weight.
  public convenience init(
    _ scope: Scope, from inChannels: Int, to outChannels: Int, kernel: Size2D, stride: Size2D = 1,
    padding: Padding2D? = nil, dilation: Size2D = 1, groups: Int = 1, activation: Activation = .relu,
    initializer: Initializer = .pytorchDefault
  ) {
    let half = Padding2D((kernel.y - 1) / 2 * dilation.y, (kernel.x - 1) / 2 * dilation.x)
    self.init(
      Conv2d(
        scope[0], from: inChannels, to: outChannels, kernel: kernel, stride: stride, padding: padding ?? half,
        dilation: dilation, groups: groups, bias: false, initializer: initializer),
      BatchNorm2d(scope[1], channels: outChannels), activation: activation, at: scope)
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    run(x, pass, residual: nil)
  }

  package func write(_ x: Tensor, _ pass: Pass, into slice: ChannelSlice) {
    _ = infer(x, pass, residual: nil, into: slice)
  }

  /// activation(norm(convolution(x)) + residual).
  public func apply(_ x: consuming Tensor, _ pass: Pass, residual: Tensor?) -> Tensor {
    guard let capture = pass.capture else { return run(x, pass, residual: residual) }
    capture.willRun(self, x)
    return capture.didRun(self, run(x, pass, residual: residual))
  }

  private func run(_ x: consuming Tensor, _ pass: Pass, residual: Tensor?) -> Tensor {
    if pass.wants(norm) { return apart(x, pass, residual: residual) }
    if !pass.wants(convolution) {
      let isInference = pass.recordsGradients ? isConstant(of: x, residual) : true
      if isInference { return infer(x, pass, residual: residual) }
      if norm.isFrozen && convolution.bias?.isTrainable != true { return frozen(x, pass, residual: residual) }
    }
    let y = convolution(x, pass)
    return norm.apply(consume y, pass, kind: kind(residual), residual: residual, activation: activation)
  }

  /// Whether nothing of it is trained and no gradient goes through: as in the first layers of a trunk that is tuned.
  private func isConstant(of x: Tensor, _ residual: Tensor?) -> Bool {
    norm.isFrozen && x.node == nil && residual?.node == nil
      && convolution.parameters.allSatisfy { !$0.isTrainable }
  }

  /// In a pass that records gradients, with the norm's constants taken on by the convolution.
  private func frozen(_ x: consuming Tensor, _ pass: Pass, residual: Tensor?) -> Tensor {
    let x = x
    let g = convolution.geometry(x.shape)
    let (scale, shift) = norm.folded(after: convolution.bias?.value)
    return pass.observing(
      convolution.path, convolution.description("Conv2d + " + kind(residual)),
      parameters: convolution.parameters, macs: g.macs
    ) {
      frozenConvolution(
        x, convolution.weight.weights(in: pass), scale: scale, shift: shift, residual: residual,
        activation: activation, g)
    }
  }

  /// One after another, where batch norm's own output is asked for.
  private func apart(_ x: consuming Tensor, _ pass: Pass, residual: Tensor?) -> Tensor {
    var y = norm(convolution(x, pass), pass)
    if let residual { y = y + residual }
    return Engine.activation(y, activation)
  }

  private func kind(_ residual: Tensor?) -> String {
    "BatchNorm2d" + (residual == nil ? "" : " + residual") + activation.suffix
  }

  private func infer(
    _ x: consuming Tensor, _ pass: Pass, residual: Tensor?, into slice: ChannelSlice? = nil
  ) -> Tensor {
    let x = x
    let g = convolution.geometry(x.shape)
    let plan = ConvolutionTask(g, by: pass.algorithm).plan
    return pass.observing(
      convolution.path, convolution.description("Conv2d + " + kind(residual)),
      parameters: [convolution.weight, convolution.bias, norm.weight, norm.bias], macs: g.macs,
      algorithm: "\(plan.algorithm)", slice: slice
    ) {
      convolve(
        x, prepared: convolution.weight.prepared(for: plan), plan, epilogue(residual: residual),
        into: slice
      )
    }
  }

  private func epilogue(residual: Tensor? = nil) -> ConvolutionEpilogue {
    let (scale, shift) = norm.folded(after: convolution.bias?.value)
    return ConvolutionEpilogue(scale: scale, shift: shift, residual: residual, activation: activation)
  }
}

extension ConvNormActivation {
  /// project(depthwise(expand(x))), x added with `addsInput`, some lines at a time (``InvertedResidualLines``).
  /// - Returns: nil where the three one by one are as fast, or the pass wants each: it records gradients, is observed, or
  ///   asks for an algorithm.
  package static func inLines(
    _ x: Tensor, _ pass: Pass, expand: ConvNormActivation, depthwise: ConvNormActivation,
    project: ConvNormActivation,
    addsInput: Bool
  ) -> Tensor? {
    guard !pass.recordsGradients, pass.observer == nil, pass.algorithm == .auto else { return nil }
    let layers = [expand, depthwise, project]
    var geometries: [ConvolutionGeometry] = []
    for layer in layers {
      geometries.append(layer.convolution.geometry(geometries.last?.outputShape ?? x.shape))
    }
    guard
      let lines = InvertedResidualLines(
        expand: geometries[0], depthwise: geometries[1], project: geometries[2])
    else { return nil }
    let epilogues = [
      expand.epilogue(), depthwise.epilogue(), project.epilogue(residual: addsInput ? x : nil),
    ]
    let pointers = epilogues.map(\.pointers)
    guard pointers.allSatisfy({ $0.split.late == nil }) else { return nil }
    let weights = zip(layers, geometries).map {
      $0.convolution.weight.prepared(for: ConvolutionTask($1).plan)
    }
    let y = Tensor(uninitialized: lines.project.outputShape)
    withExtendedLifetime((x, weights, epilogues)) {
      let sources = weights.map { Source($0.pointer) }
      lines.run(
        .init(
          weights: (sources[0], sources[1], sources[2]), epilogues: (pointers[0], pointers[1], pointers[2])),
        source: x.storage.pointer, output: y.storage.pointer)
    }
    return y
  }
}
