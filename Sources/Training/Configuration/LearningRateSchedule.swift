import Engine

/// The learning rate's course over a run. Lengths are in epochs; the rate changes from step to step where the course
/// is a curve.
public enum LearningRateSchedule: Codable, Hashable, Sendable {
  /// The learning rate as it is, after the warm-up.
  case constant
  /// × `gamma` after every `epochs`.
  case step(epochs: Int, gamma: Double = 0.1)
  /// × `gamma` at the beginning of each of these epochs, counted from 0.
  case multiStep(milestones: [Int], gamma: Double = 0.1)
  /// Half a cosine from 1 to `minimum`, over `epochs`, or all of the run's after the warm-up.
  case cosine(epochs: Int? = nil, minimum: Double = 0)
  /// (1 − t/T)ᵖ, over `epochs`, or all of the run's after the warm-up.
  case polynomial(epochs: Int? = nil, power: Double = 1)
  /// × `gamma` when the validation loss has not fallen for more than `patience` epochs.
  case plateau(gamma: Double = 0.1, patience: Int = 5)

  /// Why no run can follow it; nil where one can.
  var fault: String? {
    switch self {
    case .step(let epochs, _) where epochs < 1: "a schedule with steps of \(epochs) epochs"
    case .multiStep(let milestones, _) where milestones.contains { $0 < 0 }:
      "a schedule with milestones \(milestones)"
    case .cosine(let epochs?, _) where epochs < 1: "a cosine schedule over \(epochs) epochs"
    case .polynomial(let epochs?, _) where epochs < 1: "a polynomial schedule over \(epochs) epochs"
    case .plateau(_, let patience) where patience < 0: "a plateau schedule with a patience of \(patience)"
    default: nil
    }
  }
}

/// The learning rate of each optimizer step: a function of the number of steps done and, on a plateau, of the
/// validation losses seen.
struct LearningRateCourse {
  private let base: Double
  private let schedule: Schedule
  /// The only state; saved in checkpoints.
  var plateau: PlateauSchedule?

  init(_ configuration: TrainingConfiguration, stepsPerEpoch: Int) {
    base = configuration.learningRate
    let warmUp = Int((configuration.warmUpEpochs * Double(stepsPerEpoch)).rounded())
    func steps(_ epochs: Int?) -> Int {
      max(1, epochs.map { $0 * stepsPerEpoch } ?? configuration.epochs * stepsPerEpoch - warmUp)
    }
    let course: Schedule
    switch configuration.schedule {
    case .constant: course = .constant
    case .step(let epochs, let gamma): course = .step(every: epochs * stepsPerEpoch, gamma: gamma)
    case .multiStep(let milestones, let gamma):
      // A milestone is an epoch of the run; the course begins after the warm-up.
      course = .multiStep(at: milestones.map { $0 * stepsPerEpoch - warmUp }, gamma: gamma)
    case .cosine(let epochs, let minimum): course = .cosine(over: steps(epochs), minimum: minimum)
    case .polynomial(let epochs, let power): course = .polynomial(over: steps(epochs), power: power)
    case .plateau(let gamma, let patience):
      course = .constant
      plateau = PlateauSchedule(gamma: gamma, patience: patience)
    }
    schedule = warmUp > 0 ? course.warmedUp(over: warmUp, from: configuration.warmUpStart) : course
  }

  /// The learning rate when `steps` steps are done.
  func rate(at steps: Int) -> Double { base * schedule.factor(at: steps) * (plateau?.factor ?? 1) }
}

extension LearningRateSchedule: CustomStringConvertible {
  /// As reports say it.
  public var description: String {
    func over(_ epochs: Int?) -> String { epochs.map { " over \($0) epochs" } ?? "" }
    return switch self {
    case .constant: "constant"
    case .step(let epochs, let gamma): "× \(gamma) every \(epochs) epochs"
    case .multiStep(let milestones, let gamma):
      "× \(gamma) at epochs \(milestones.map(String.init).joined(separator: ", "))"
    case .cosine(let epochs, let minimum): "cosine\(over(epochs))\(minimum == 0 ? "" : " to \(minimum)")"
    case .polynomial(let epochs, let power): "polynomial of power \(power)\(over(epochs))"
    case .plateau(let gamma, let patience): "× \(gamma) after \(patience) epochs without improvement"
    }
  }
}
