/// Lowers the learning rate when a metric stops improving (PyTorch's ReduceLROnPlateau, without its `eps`).
///
/// It has a state, and is `Codable` for checkpoints. A warm-up is a factor beside it: ``Schedule/warmUp(over:from:then:)``
/// of ``Schedule/constant``, times ``factor``.
public struct PlateauSchedule: Codable, Hashable, Sendable {
  /// Whether a lower or a higher metric is better (PyTorch's `mode`): a loss's minimum, an accuracy's maximum.
  public enum Goal: String, Codable, Sendable {
    /// Lower is better, as of a loss.
    case minimum
    /// Higher is better, as of an accuracy.
    case maximum
  }

  /// By how much the best must be exceeded for an improvement (PyTorch's `threshold_mode`).
  public enum Threshold: Codable, Hashable, Sendable {
    /// An improvement is one by more than this share of the best.
    case relative(Double)
    /// An improvement is one by more than this.
    case absolute(Double)
  }

  /// Which metric is better.
  public let goal: Goal
  /// What the learning rate is multiplied with.
  public let gamma: Double
  /// How many observations without improvement are borne.
  public let patience: Int
  /// What counts as an improvement.
  public let threshold: Threshold
  /// How many observations after a change are not counted as bad.
  public let cooldown: Int
  /// The least factor.
  public let minimum: Double

  /// The factor of the first learning rate now.
  public private(set) var factor = 1.0
  /// The best metric so far; nil before the first.
  public private(set) var best: Double?
  private var badCount = 0
  private var cooldownLeft = 0

  /// The defaults are PyTorch's: a tenth of the rate after ten observations without improvement.
  public init(
    goal: Goal = .minimum, gamma: Double = 0.1, patience: Int = 10,
    threshold: Threshold = .relative(1e-4), cooldown: Int = 0, minimum: Double = 0
  ) {
    self.goal = goal
    self.gamma = gamma
    self.patience = patience
    self.threshold = threshold
    self.cooldown = cooldown
    self.minimum = minimum
  }

  /// Takes an epoch's metric; NaN and infinity are no improvement. Returns ``factor``.
  @discardableResult
  public mutating func observe(_ metric: Double) -> Double {
    if isImprovement(metric) {
      best = metric
      badCount = 0
    } else {
      badCount += 1
    }
    if cooldownLeft > 0 {
      cooldownLeft -= 1
      badCount = 0
    }
    if badCount > patience {
      factor = max(factor * gamma, minimum)
      cooldownLeft = cooldown
      badCount = 0
    }
    return factor
  }

  private func isImprovement(_ metric: Double) -> Bool {
    guard let best, metric.isFinite else { return metric.isFinite }
    return switch (goal, threshold) {
    case (.minimum, .relative(let share)): metric < best * (1 - share)
    case (.minimum, .absolute(let margin)): metric < best - margin
    case (.maximum, .relative(let share)): metric > best * (1 + share)
    case (.maximum, .absolute(let margin)): metric > best + margin
    }
  }
}
