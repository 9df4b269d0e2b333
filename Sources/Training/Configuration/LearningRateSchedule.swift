import Engine
import Foundation

/// The learning rate's course over a run. Lengths are in epochs; the rate changes from step to step where the course
/// is a curve. Epochs of ``step(epochs:gamma:)`` and ``multiStep(milestones:gamma:)`` are the run's, those of the warm-up included;
/// curves begin when the warm-up ends. While the rate rises it is not multiplied.
public enum LearningRateSchedule: Codable, Hashable, Sendable {
  /// The learning rate as it is, after the warm-up.
  case constant
  /// × `gamma` whenever so many more epochs of the run are done.
  case step(epochs: Int, gamma: Double = 0.1)
  /// × `gamma` when so many epochs of the run are done, for each of these numbers: of 2, from the third epoch on.
  case multiStep(milestones: [Int], gamma: Double = 0.1)
  /// Half a cosine from 1 to `minimum`, over `epochs`, or all of the run's after the warm-up.
  case cosine(epochs: Int? = nil, minimum: Double = 0)
  /// (1 − t/T)ᵖ, over `epochs`, or all of the run's after the warm-up.
  case polynomial(epochs: Int? = nil, power: Double = 1)
  /// × `gamma` when the validation loss has not fallen for more than `patience` epochs.
  case plateau(gamma: Double = 0.1, patience: Int = 5)

  /// Why no run can follow it; nil where one can.
  var fault: String? {
    let most = TrainingConfiguration.most
    func length(_ epochs: Int, _ schedule: String) -> String? {
      1...most ~= epochs
        ? nil : "\(schedule) \(counted(epochs, "epoch")); from 1 to \(grouped(most)) are possible"
    }
    func factor(_ gamma: Double, _ schedule: String, _ range: ClosedRange<Double>) -> String? {
      range ~= gamma && gamma.isFinite
        ? nil
        : "a \(schedule) of \(gamma); it must be \(range.upperBound == 1 ? "in 0...1" : "0 or above and finite")"
    }
    let (share, unbounded) = (0.0...1, 0...Double.infinity)
    switch self {
    case .constant: return nil
    case .step(let epochs, let gamma):
      return length(epochs, "a schedule with steps of")
        ?? factor(gamma, "step schedule with a factor", unbounded)
    case .multiStep(let milestones, let gamma):
      return milestones.contains { !(0...most ~= $0) }
        ? "a schedule with milestones \(milestones); from 0 to \(grouped(most)) are possible"
        : factor(gamma, "multistep schedule with a factor", unbounded)
    case .cosine(let epochs, let minimum):
      return epochs.flatMap { length($0, "a cosine schedule over") }
        ?? factor(minimum, "cosine schedule with a minimum", share)
    case .polynomial(let epochs, let power):
      return epochs.flatMap { length($0, "a polynomial schedule over") }
        ?? factor(power, "polynomial schedule with a power", unbounded)
    case .plateau(let gamma, let patience):
      return patience < 0
        ? "a plateau schedule with a patience of \(patience)"
        : factor(gamma, "plateau schedule with a factor", share)
    }
  }

  /// Whether its course is stretched where the run is made longer.
  package var spansTheRun: Bool {
    switch self {
    case .cosine(nil, _), .polynomial(nil, _): true
    default: false
    }
  }
}

extension TrainingConfiguration {
  /// The learning rate when `epochs` epochs are done, but for what a plateau takes off.
  /// - Parameters:
  ///   - epochs: done; the rate is that of the next step, or of the last one of these epochs.
  ///   - batches: an epoch.
  ///   - isNext: whether the next step is meant.
  package func learningRate(after epochs: Int, batches: Int, isNext: Bool) -> Double {
    let steps = (batches + accumulationSteps - 1) / accumulationSteps
    let course = LearningRateCourse(self, stepsPerEpoch: steps)
    return course.rate(at: isNext ? epochs * steps : max(epochs * steps - 1, 0))
  }
}

/// The learning rate of each optimizer step: a function of the number of steps done and, on a plateau, of the
/// validation losses seen.
struct LearningRateCourse {
  private let base: Double
  private let factor: @Sendable (Int) -> Double
  /// The only state; saved in checkpoints.
  var plateau: PlateauSchedule?

  init(_ configuration: TrainingConfiguration, stepsPerEpoch: Int) {
    base = configuration.learningRate
    let warmUp = Int((configuration.warmUpEpochs * Double(stepsPerEpoch)).rounded())
    func steps(_ epochs: Int?) -> Int {
      max(1, epochs.map { $0 * stepsPerEpoch } ?? configuration.epochs * stepsPerEpoch - warmUp)
    }
    let course: Schedule
    // At which step of the run the course begins.
    var beginning = warmUp
    switch configuration.schedule {
    case .constant: course = .constant
    case .step(let epochs, let gamma):
      course = .step(every: epochs * stepsPerEpoch, gamma: gamma)
      beginning = 0
    case .multiStep(let milestones, let gamma):
      course = .multiStep(at: milestones.map { $0 * stepsPerEpoch }, gamma: gamma)
      beginning = 0
    case .cosine(let epochs, let minimum): course = .cosine(over: steps(epochs), minimum: minimum)
    case .polynomial(let epochs, let power): course = .polynomial(over: steps(epochs), power: power)
    case .plateau(let gamma, let patience):
      course = .constant
      plateau = PlateauSchedule(gamma: gamma, patience: patience)
    }
    let rise = Schedule.constant.warmedUp(over: warmUp, from: configuration.warmUpStart)
    factor = { [beginning] step in
      step < warmUp ? rise.factor(at: step) : course.factor(at: step - beginning)
    }
  }

  /// A rate that rises by the same factor from step to step, from one to the other.
  init(risingFrom low: Double, to high: Double, over steps: Int) {
    base = low
    factor = { pow(high / low, Double($0) / Double(max(steps - 1, 1))) }
  }

  /// The learning rate when `steps` steps are done.
  func rate(at steps: Int) -> Double { base * factor(steps) * (plateau?.factor ?? 1) }
}

extension LearningRateSchedule: CustomStringConvertible {
  /// As reports say it.
  public var description: String {
    func over(_ epochs: Int?) -> String { epochs.map { " over \(counted($0, "epoch"))" } ?? "" }
    return switch self {
    case .constant: "constant"
    case .step(let epochs, let gamma):
      "× \(gamma) after every \(epochs == 1 ? "epoch" : counted(epochs, "epoch"))"
    case .multiStep(let milestones, let gamma):
      "× \(gamma) after \(plural("epoch", milestones.count)) "
        + milestones.map(String.init).joined(separator: ", ")
    case .cosine(let epochs, let minimum): "cosine\(over(epochs))\(minimum == 0 ? "" : " to \(minimum)")"
    case .polynomial(let epochs, let power): "polynomial of power \(power)\(over(epochs))"
    case .plateau(let gamma, let patience):
      "× \(gamma) after \(counted(patience, "epoch")) without improvement"
    }
  }
}
