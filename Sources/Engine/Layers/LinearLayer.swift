/// A fully-connected layer, PyTorch's `Linear`: weight `[out, in]`, bias `[out]`.
public final class Linear: Module {
  public let weight: Parameter
  public let bias: Parameter?
  let name: String

  /// - Parameter flattening: set for the first layer after a flatten of `[N, height, width, channels]`, so that
  ///   weight files keep PyTorch's order of inputs.
  public init(
    _ scope: Scope, from inFeatures: Int, to outFeatures: Int, bias: Bool = true,
    flattening: (channels: Int, height: Int, width: Int)? = nil,
    initializer: Initializer = .pytorchDefault, biasInitializer: Initializer? = nil
  ) {
    var layout = WeightLayout.same
    if let (channels, height, width) = flattening {
      precondition(
        channels * height * width == inFeatures,
        "Linear \(scope.path): \(channels)·\(height)·\(width) is not \(inFeatures)")
      layout = .flattened(channels: channels, height: height, width: width)
    }
    name = scope.path
    weight = scope.parameter("weight", [outFeatures, inFeatures], layout: layout, initializer)
    self.bias =
      bias
      ? scope.parameter("bias", [outFeatures], biasInitializer ?? .pytorchBias(fanIn: inFeatures))
      : nil
  }

  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    return pass.observing(
      name, "Linear", parameters: [weight, bias], macs: x.shape[0] * weight.value.count
    ) {
      linear(x, weight: weight.operand(in: pass), bias: bias?.operand(in: pass))
    }
  }
}
