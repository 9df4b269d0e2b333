import Engine
import Foundation

extension Reference {
  /// The elements as they are, their sum, or their mean.
  public static func reduce(_ x: DTensor, _ reduction: Reduction) -> DTensor {
    switch reduction {
    case .none: x
    case .sum: sum(x)
    case .mean: mean(x)
    }
  }

  /// Cross-entropy of logits `[N, C]` with a class a row, as `torch.nn.functional.cross_entropy`.
  public static func crossEntropy(
    _ logits: DTensor, labels: [Int], classWeights: [Double]? = nil, labelSmoothing: Double = 0,
    ignoring ignored: Int? = nil, reduction: Reduction = .mean
  ) -> DTensor {
    let classes = logits.shape[1]
    let weights = classWeights ?? Array(repeating: 1, count: classes)
    let logProbabilities = logSoftmax(logits)
    var losses = DTensor(zeros: [labels.count])
    var totalWeight = 0.0
    for (row, label) in labels.enumerated() where label != ignored {
      var smooth = 0.0
      for c in 0..<classes { smooth -= weights[c] * logProbabilities[row, c] }
      losses[row] =
        -(1 - labelSmoothing) * weights[label] * logProbabilities[row, label]
        + labelSmoothing / Double(classes) * smooth
      totalWeight += weights[label]
    }
    return reduction == .mean ? sum(losses).map { $0 / totalWeight } : reduce(losses, reduction)
  }

  /// Cross-entropy of logits `[N, C]` with a distribution a row; the mean is over rows, also with class weights.
  public static func crossEntropy(
    _ logits: DTensor, targets: DTensor, classWeights: [Double]? = nil, labelSmoothing: Double = 0,
    reduction: Reduction = .mean
  ) -> DTensor {
    let (rows, classes) = (logits.shape[0], logits.shape[1])
    let logProbabilities = logSoftmax(logits)
    var losses = DTensor(zeros: [rows])
    for row in 0..<rows {
      for c in 0..<classes {
        let target = targets[row, c] * (1 - labelSmoothing) + labelSmoothing / Double(classes)
        losses[row] -= (classWeights?[c] ?? 1) * target * logProbabilities[row, c]
      }
    }
    return reduce(losses, reduction)
  }

  /// 0.5d²/β where |d| < β, |d| − 0.5β elsewhere, d = x − target; `l1` where β is 0.
  public static func smoothL1(
    _ x: DTensor, _ target: DTensor, beta: Double = 1, reduction: Reduction = .mean
  ) -> DTensor {
    reduce(
      x.zip(target) { x, t in
        let d = abs(x - t)
        return d < beta ? 0.5 * d * d / beta : d - 0.5 * beta
      }, reduction)
  }

  public static func l1(_ x: DTensor, _ target: DTensor, reduction: Reduction = .mean) -> DTensor {
    reduce(x.zip(target) { abs($0 - $1) }, reduction)
  }

  public static func mse(_ x: DTensor, _ target: DTensor, reduction: Reduction = .mean) -> DTensor {
    reduce(x.zip(target) { ($0 - $1) * ($0 - $1) }, reduction)
  }

  /// −(p·t·log σ(x) + (1 − t)·log(1 − σ(x))); p, of the last axis, multiplies the positive part.
  public static func binaryCrossEntropyWithLogits(
    _ x: DTensor, _ target: DTensor, positiveWeights: [Double]? = nil, reduction: Reduction = .mean
  ) -> DTensor {
    var losses = x
    for i in 0..<x.count {
      let (z, t) = (x.values[i], target.values[i])
      let weight = positiveWeights.map { $0[i % $0.count] } ?? 1
      losses.values[i] = weight * t * softplus(-z) + (1 - t) * softplus(z)
    }
    return reduce(losses, reduction)
  }

  /// log(1 + eˣ) without overflow.
  private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
}
