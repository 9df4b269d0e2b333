import Engine

/// Squeeze and excitation (Hu et al. 2018): each channel is scaled by what two small layers make of all channels' means,
/// x · gate(fc2(activation(fc1(mean x)))). Keys are those of torchvision's `SqueezeExcitation`.
public final class SqueezeExcitation: Module {
  public let path: String
  /// 1×1 convolutions of the means.
  public let reduction, expansion: Conv2d
  /// What is between the two convolutions.
  public let activation: Activation
  /// What is after the second, before the product.
  public let gate: Gate
  public var children: [any Module] { [reduction, expansion] }

  /// What keeps the factors in 0...1.
  public enum Gate: Hashable, Sendable {
    /// 1 / (1 + e⁻ˣ), as in the paper.
    case sigmoid
    /// As in MobileNetV3 (Howard et al. 2019).
    case hardSigmoid
  }

  /// - Parameters:
  ///   - scope: names its parameters: `fc1` and `fc2` come after its path.
  ///   - channels: of the activation.
  ///   - squeezed: channels between the two layers; the paper has a sixteenth.
  ///   - activation: between the two.
  ///   - gate: what keeps the factors in 0...1.
  public init(
    _ scope: Scope, channels: Int, squeezed: Int, activation: Activation = .relu, gate: Gate = .sigmoid
  ) {
    path = scope.path
    reduction = Conv2d(scope["fc1"], from: channels, to: squeezed, kernel: 1)
    expansion = Conv2d(scope["fc2"], from: squeezed, to: channels, kernel: 1)
    (self.activation, self.gate) = (activation, gate)
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    let means = adaptiveAveragePool2d(x, height: 1, width: 1)
    let logits = expansion(Engine.activation(reduction(means, pass), activation), pass)
    let factors = gate == .sigmoid ? sigmoid(logits) : hardSigmoid(logits)
    return pass.observing(path, "SqueezeExcitation") { x * factors }
  }
}
