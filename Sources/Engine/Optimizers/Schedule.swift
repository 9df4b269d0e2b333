#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A learning rate's course, as a factor of the first: a pure function of the number of steps, or epochs, done.
///
///     let schedule = Schedule.cosine(over: 85).warmedUp(over: 5, from: 0.01)
///     optimizer.learningRate = 0.1 * schedule.factor(at: epoch)
///
/// Values are those of PyTorch's schedulers of like names.
public indirect enum Schedule: Hashable, Sendable {
  /// 1 throughout (ConstantLR with a factor of 1).
  case constant
  /// × `gamma` after every `interval` (StepLR).
  case step(every: Int, gamma: Double)
  /// × `gamma` at each milestone (MultiStepLR).
  case multiStep(at: [Int], gamma: Double)
  /// Half a cosine from 1 to `minimum`, and back where it goes on (CosineAnnealingLR).
  case cosine(over: Int, minimum: Double = 0)
  /// (1 − t/T)ᵖ until T, 0 from there (PolynomialLR).
  case polynomial(over: Int, power: Double)
  /// Linearly from `start` to 1, then another schedule from its own beginning (LinearLR in a SequentialLR).
  case warmUp(over: Int, from: Double, then: Schedule)

  /// This schedule after a linear warm-up of `steps` that begins at the factor `start`.
  public func warmedUp(over steps: Int, from start: Double) -> Schedule {
    .warmUp(over: steps, from: start, then: self)
  }

  /// The factor when `t` steps, or epochs, are done.
  public func factor(at t: Int) -> Double {
    switch self {
    case .constant: return 1
    case .step(let interval, let gamma):
      precondition(interval > 0, "Schedule.step: an interval of \(interval)")
      return pow(gamma, Double(t / interval))
    case .multiStep(let milestones, let gamma):
      return pow(gamma, Double(milestones.count { $0 <= t }))
    case .cosine(let total, let minimum):
      precondition(total > 0, "Schedule.cosine: a length of \(total)")
      return minimum + (1 - minimum) * (1 + cos(.pi * Double(t) / Double(total))) / 2
    case .polynomial(let total, let power):
      precondition(total > 0, "Schedule.polynomial: a length of \(total)")
      return pow(1 - Double(min(t, total)) / Double(total), power)
    case .warmUp(let steps, let start, let next):
      guard t < steps else { return next.factor(at: t - steps) }
      return start + (1 - start) * Double(t) / Double(steps)
    }
  }
}
