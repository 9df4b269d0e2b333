import Foundation

extension Reference {
  /// What batch norm computes in training.
  public struct BatchNorm {
    /// The normalized activation.
    public var output: DTensor
    /// The batch's mean, a channel.
    public var mean: DTensor
    /// The batch's biased variance (divided by the count), by which the activation is normalized.
    public var variance: DTensor
    /// The running statistics after the step; the variance enters unbiased (divided by the count less one).
    public var runningMean: DTensor
    public var runningVariance: DTensor
  }

  /// Batch norm in training over all axes but the last.
  public static func batchNormTraining(
    _ x: DTensor, weight: DTensor, bias: DTensor, runningMean: DTensor, runningVariance: DTensor,
    momentum: Double = 0.1, epsilon: Double = 1e-5
  ) -> BatchNorm {
    let channels = x.shape.last!
    let rows = x.count / channels
    var (mean, variance) = (DTensor(zeros: [channels]), DTensor(zeros: [channels]))
    for i in 0..<x.count { mean.values[i % channels] += x.values[i] / Double(rows) }
    for i in 0..<x.count {
      let d = x.values[i] - mean.values[i % channels]
      variance.values[i % channels] += d * d / Double(rows)
    }
    let unbiased = variance.map { $0 * Double(rows) / Double(rows - 1) }
    return BatchNorm(
      output: batchNormInference(
        x, weight: weight, bias: bias, mean: mean, variance: variance, epsilon: epsilon),
      mean: mean, variance: variance,
      runningMean: runningMean.zip(mean) { (1 - momentum) * $0 + momentum * $1 },
      runningVariance: runningVariance.zip(unbiased) { (1 - momentum) * $0 + momentum * $1 })
  }

  /// weight · (x − mean) / √(variance + ε) + bias.
  public static func batchNormInference(
    _ x: DTensor, weight: DTensor, bias: DTensor, mean: DTensor, variance: DTensor, epsilon: Double = 1e-5
  ) -> DTensor {
    var y = x
    let channels = mean.count
    for i in 0..<x.count {
      let c = i % channels
      let normalized = (x.values[i] - mean.values[c]) / (variance.values[c] + epsilon).squareRoot()
      y.values[i] = weight.values[c] * normalized + bias.values[c]
    }
    return y
  }

  /// The gradients of batch norm in training, mean and variance being functions of the input.
  public static func batchNormGradient(
    _ x: DTensor, weight: DTensor, gradient: DTensor, epsilon: Double = 1e-5
  ) -> (input: DTensor, weight: DTensor, bias: DTensor) {
    let channels = weight.count
    let rows = x.count / channels
    let zeros = DTensor(zeros: [channels])
    let ones = zeros.map { _ in 1 }
    let forward = batchNormTraining(
      x, weight: ones, bias: zeros, runningMean: zeros, runningVariance: ones, epsilon: epsilon)
    var (dx, dw, db) = (DTensor(zeros: x.shape), zeros, zeros)
    for i in 0..<x.count {
      dw.values[i % channels] += gradient.values[i] * forward.output.values[i]
      db.values[i % channels] += gradient.values[i]
    }
    for i in 0..<x.count {
      let c = i % channels
      let centered =
        gradient.values[i]
        - (db.values[c] + forward.output.values[i] * dw.values[c]) / Double(rows)
      dx.values[i] = weight.values[c] * centered / (forward.variance.values[c] + epsilon).squareRoot()
    }
    return (dx, dw, db)
  }

  /// y = x / (k + α/size · Σ x²)^β, the sum over `size` channels around each (AlexNet, as in PyTorch:
  /// from c − ⌊size/2⌋ to c + ⌊(size − 1)/2⌋).
  public static func localResponseNorm(
    _ x: DTensor, size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
  ) -> DTensor {
    let channels = x.shape.last!
    var y = x
    for i in 0..<x.count {
      let c = i % channels
      let window = max(0, c - size / 2)...min(channels - 1, c + (size - 1) / 2)
      let squares = window.reduce(0) { sum, other in
        sum + x.values[i - c + other] * x.values[i - c + other]
      }
      y.values[i] = x.values[i] / pow(k + alpha / Double(size) * squares, beta)
    }
    return y
  }

  /// The gradient of ``localResponseNorm(_:size:alpha:beta:k:)``.
  public static func localResponseNormGradient(
    _ x: DTensor, gradient: DTensor, size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
  ) -> DTensor {
    let channels = x.shape.last!
    var dx = DTensor(zeros: x.shape)
    for i in 0..<x.count {
      let c = i % channels
      let window = max(0, c - size / 2)...min(channels - 1, c + (size - 1) / 2)
      let squares = window.reduce(0) { sum, other in
        sum + x.values[i - c + other] * x.values[i - c + other]
      }
      let scale = k + alpha / Double(size) * squares
      dx.values[i] += gradient.values[i] * pow(scale, -beta)
      let shared =
        -2 * alpha * beta / Double(size) * gradient.values[i] * x.values[i] * pow(scale, -beta - 1)
      for other in window { dx.values[i - c + other] += shared * x.values[i - c + other] }
    }
    return dx
  }
}
