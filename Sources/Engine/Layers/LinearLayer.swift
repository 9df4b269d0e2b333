/// A fully-connected layer, PyTorch's `Linear`: weight `[out, in]`, bias `[out]`.
public final class Linear: Module {
  public let path: String
  /// `[out, in]`
  public let weight: Parameter
  /// `[out]`
  public let bias: Parameter?
  public var parameters: [Parameter] { [weight, bias].compactMap { $0 } }

  /// The extent of the input's last axis.
  public var inFeatures: Int { weight.shape[1] }
  /// The extent of the output's last axis.
  public var outFeatures: Int { weight.shape[0] }

  /// - Parameters:
  ///   - scope: names its parameters, such as `layer1.0.conv1`.
  ///   - inFeatures: the extent of the input's last axis.
  ///   - outFeatures: that of the output's.
  ///   - bias: whether there is one.
  ///   - flattening: set for the first layer after a flatten of `[N, height, width, channels]`, so that
  ///     weight files keep PyTorch's order of inputs.
  ///   - initializer: of the weight.
  ///   - biasInitializer: nil is PyTorch's, uniform with bound 1/√in.
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
    path = scope.path
    weight = scope.parameter("weight", [outFeatures, inFeatures], layout: layout, initializer)
    self.bias =
      bias
      ? scope.parameter("bias", [outFeatures], biasInitializer ?? .pytorchBias(fanIn: inFeatures))
      : nil
  }

  /// A layer with parameters that there are, such as another layer's: what layers share is one parameter, with the sum of
  /// their gradients, and one tensor in weight files.
  /// - Parameters:
  ///   - path: what observers call it.
  ///   - weight: `[out, in]`.
  ///   - bias: `[out]`.
  /// - Precondition: the shapes are such.
  public init(path: String, weight: Parameter, bias: Parameter? = nil) {
    precondition(
      weight.shape.rank == 2, "Linear \(path): the weight \(weight.name) \(weight.shape) is no matrix")
    precondition(
      bias == nil || bias!.shape == [weight.shape[0]],
      "Linear \(path): a bias \(bias!.shape) for \(weight.shape[0]) outputs")
    self.path = path
    (self.weight, self.bias) = (weight, bias)
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    return pass.observing(
      path, "Linear", parameters: parameters, macs: x.shape[0] * weight.shape.count
    ) {
      linear(x, weight: weight.operand(in: pass), bias: bias?.operand(in: pass))
    }
  }
}
