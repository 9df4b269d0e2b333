/// Group norm, PyTorch's `GroupNorm`: `weight` and `bias`, a number a channel.
public final class GroupNorm: Module {
  public let path: String
  /// `[channels]`; nil without affine.
  public let weight, bias: Parameter?
  public var parameters: [Parameter] { [weight, bias].compactMap(\.self) }
  /// How many runs of neighbouring channels are normalized, each on its own.
  public let groups: Int
  /// What is added to the variance.
  public let epsilon: Float

  /// - Parameters:
  ///   - scope: names its parameters, such as `layer1.0.conv1`.
  ///   - groups: of neighbouring channels; they divide `channels` evenly.
  ///   - channels: of the activation.
  ///   - epsilon: added to the variance.
  ///   - affine: whether there are a weight and a bias.
  public init(
    _ scope: Scope, groups: Int, channels: Int, epsilon: Float = 1e-5, affine: Bool = true
  ) {
    precondition(
      groups > 0 && channels % groups == 0,
      "GroupNorm \(scope.path): \(channels) channels in \(groups) groups")
    path = scope.path
    (self.groups, self.epsilon) = (groups, epsilon)
    (weight, bias) = affineParameters(scope, channels, affine)
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    return pass.observing(path, "GroupNorm \(groups)", parameters: parameters) {
      groupNorm(
        x, groups: groups, weight: weight?.operand(in: pass), bias: bias?.operand(in: pass), epsilon: epsilon)
    }
  }
}

/// Layer norm over an activation's channels, PyTorch's `LayerNorm` of channels last: `weight` and `bias`, a number a
/// channel.
public final class LayerNorm: Module {
  public let path: String
  /// `[channels]`; nil without affine.
  public let weight, bias: Parameter?
  public var parameters: [Parameter] { [weight, bias].compactMap(\.self) }
  /// What is added to the variance.
  public let epsilon: Float

  /// - Parameters:
  ///   - scope: names its parameters, such as `layer1.0.conv1`.
  ///   - channels: the extent of the last axis.
  ///   - epsilon: added to the variance.
  ///   - affine: whether there are a weight and a bias (`elementwise_affine`).
  public init(_ scope: Scope, channels: Int, epsilon: Float = 1e-5, affine: Bool = true) {
    path = scope.path
    self.epsilon = epsilon
    (weight, bias) = affineParameters(scope, channels, affine)
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    return pass.observing(path, "LayerNorm", parameters: parameters) {
      layerNorm(x, weight: weight?.operand(in: pass), bias: bias?.operand(in: pass), epsilon: epsilon)
    }
  }
}

/// Instance norm, PyTorch's `InstanceNorm2d` without running statistics: the same in training and inference.
public final class InstanceNorm2d: Module {
  public let path: String
  /// `[channels]`; nil without affine.
  public let weight, bias: Parameter?
  public var parameters: [Parameter] { [weight, bias].compactMap(\.self) }
  /// What is added to the variance.
  public let epsilon: Float

  /// - Parameters:
  ///   - scope: names its parameters, such as `layer1.0.conv1`.
  ///   - channels: of the activation.
  ///   - epsilon: added to the variance.
  ///   - affine: whether there are a weight and a bias; as in PyTorch, not unless asked for.
  public init(_ scope: Scope, channels: Int, epsilon: Float = 1e-5, affine: Bool = false) {
    path = scope.path
    self.epsilon = epsilon
    (weight, bias) = affineParameters(scope, channels, affine)
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    return pass.observing(path, "InstanceNorm2d", parameters: parameters) {
      instanceNorm(x, weight: weight?.operand(in: pass), bias: bias?.operand(in: pass), epsilon: epsilon)
    }
  }
}

private func affineParameters(_ scope: Scope, _ channels: Int, _ affine: Bool) -> (Parameter?, Parameter?) {
  guard affine else { return (nil, nil) }
  return (scope.parameter("weight", [channels], .ones), scope.parameter("bias", [channels], .zeros))
}
