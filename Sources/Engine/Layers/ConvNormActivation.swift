/// Convolution, batch norm, optionally a residual sum and ReLU, as one module.
///
/// In training: convolution, then batch norm with residual and ReLU in one pass, with exact running statistics.
/// In inference: one convolution whose epilogue scales, shifts, adds and rectifies each tile while it is in cache.
public final class ConvNormActivation: Module {
  public let convolution: Conv2d
  public let norm: BatchNorm2d
  let rectifies: Bool

  /// - Parameters:
  ///   - convolution: registered under its own scope, without a bias.
  ///   - norm: over the convolution's output channels.
  ///   - rectifies: whether ReLU follows.
  public init(_ convolution: Conv2d, _ norm: BatchNorm2d, rectifies: Bool = true) {
    self.convolution = convolution
    self.norm = norm
    self.rectifies = rectifies
  }

  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    apply(x, pass, residual: nil)
  }

  /// ReLU?(norm(convolution(x)) + residual).
  public func apply(_ x: consuming Tensor, _ pass: Pass, residual: Tensor?) -> Tensor {
    let kind = "BatchNorm2d" + (residual == nil ? "" : " + residual") + (rectifies ? " + ReLU" : "")
    if pass.recordsGradients || convolution.bias != nil {
      let y = convolution(x, pass)
      return norm.apply(consume y, pass, kind: kind, residual: residual, rectifies: rectifies)
    }
    let x = x
    let g = convolution.geometry(x.shape)
    let plan = ConvolutionPlan(g, pass.algorithm)
    return pass.observing(
      convolution.name, convolution.description("Conv2d + " + kind),
      parameters: [convolution.weight, norm.weight, norm.bias], macs: g.macs,
      algorithm: "\(plan.algorithm)"
    ) {
      let (scale, shift) = norm.folded()
      return convolve(
        x, convolution.weight.value, g, plan: plan,
        prepared: convolution.weight.prepared(for: plan, g), scale: scale, shift: shift,
        residual: residual, rectifies: rectifies)
    }
  }
}
