/// Batch norm by channel, PyTorch's `BatchNorm2d`: in training normalizes with the batch's statistics and moves the
/// running ones (the variance unbiased), in inference uses the running ones.
///
/// Below ``Scope/freezingBatchNorm(epsilon:)`` it is frozen, torchvision's `FrozenBatchNorm2d`: in training as in inference,
/// and weight and bias are no more trained than the statistics.
public final class BatchNorm2d: Module {
  public let path: String
  /// `[channels]`, the counter a scalar.
  public let weight, bias, runningMean, runningVariance, batchesTracked: Parameter
  /// What is added to the variance.
  public let epsilon: Float
  /// The share of the batch's statistics in the new running ones.
  public let momentum: Float
  /// Whether it is the same function in training as in inference.
  public let isFrozen: Bool
  public var parameters: [Parameter] { [weight, bias, runningMean, runningVariance, batchesTracked] }

  /// Registers `weight`, `bias`, `running_mean`, `running_var` and `num_batches_tracked`; the defaults are PyTorch's.
  /// - Parameters:
  ///   - scope: names its parameters, such as `layer1.0.conv1`.
  ///   - channels: of the activation `[N, H, W, channels]`.
  ///   - epsilon: added to the variance, unless the scope freezes batch norm with another one.
  ///   - momentum: the share of the batch's statistics in the new running ones.
  public init(_ scope: Scope, channels: Int, epsilon: Float = 1e-5, momentum: Float = 0.1) {
    path = scope.path
    self.epsilon = scope.frozenNorm?.epsilon ?? epsilon
    self.momentum = momentum
    isFrozen = scope.frozenNorm != nil
    let role: Parameter.Role = isFrozen ? .statistic : .weight
    weight = scope.parameter("weight", [channels], role: role, .ones)
    bias = scope.parameter("bias", [channels], role: role, .zeros)
    runningMean = scope.parameter("running_mean", [channels], role: .statistic, .zeros)
    runningVariance = scope.parameter("running_var", [channels], role: .statistic, .ones)
    batchesTracked = scope.parameter("num_batches_tracked", [], role: .counter, .zeros)
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    apply(x, pass, kind: "BatchNorm2d", residual: nil, activation: .none)
  }

  /// activation(batchNorm(x) + residual).
  package func apply(
    _ x: consuming Tensor, _ pass: Pass, kind: String, residual: Tensor?, activation: Activation
  ) -> Tensor {
    let x = x
    return pass.observing(path, kind, parameters: [weight, bias]) {
      guard pass.isTraining && !isFrozen else {
        return batchNormInference(
          x, scale: weight.operand(in: pass), shift: bias.operand(in: pass),
          mean: runningMean.value, variance: runningVariance.value, epsilon: epsilon,
          residual: residual, activation: activation)
      }
      let (y, statistics) = batchNormTraining(
        x, scale: weight.operand(in: pass), shift: bias.operand(in: pass), epsilon: epsilon,
        residual: residual, activation: activation)
      pass.moveStatistics { [self] in track(statistics) }
      return y
    }
  }

  private func track(_ statistics: BatchStatistics) {
    batchesTracked.update { $0[0] += 1 }
    // One value has no variance: nothing is known of it.
    guard statistics.count > 1 else { return }
    let unbiased = Float(statistics.count) / Float(statistics.count - 1)
    let (mean, variance) = (statistics.mean.storage.pointer, statistics.variance.storage.pointer)
    let momentum = momentum
    withExtendedLifetime(statistics) {
      runningMean.update { running in
        for c in 0..<statistics.mean.count {
          running[c] = (1 - momentum) * running[c] + momentum * mean[c]
        }
      }
      runningVariance.update { running in
        for c in 0..<statistics.variance.count {
          running[c] = (1 - momentum) * running[c] + momentum * unbiased * variance[c]
        }
      }
    }
  }

  /// Inference as one scale and one shift by channel.
  /// - Parameter addend: what is added to the input by channel, such as a convolution's bias.
  func folded(after addend: Tensor? = nil) -> (scale: Tensor, shift: Tensor) {
    foldedBatchNorm(
      scale: weight.value, shift: bias.value,
      mean: addend.map { runningMean.value - $0.detached } ?? runningMean.value,
      variance: runningVariance.value, epsilon: epsilon)
  }
}
