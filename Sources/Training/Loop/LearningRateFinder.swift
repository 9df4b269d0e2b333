import Engine
import Foundation

/// The loss of a network's first steps while the learning rate rises (Smith 2017, "Cyclical Learning Rates for Training Neural
/// Networks", section 3.3): too low a rate learns nothing, too high a one diverges, and what to train with lies between.
public struct LearningRateCurve: Codable, Hashable, Sendable {
  /// A step.
  public struct Point: Codable, Hashable, Sendable {
    /// The learning rate of the step.
    public let rate: Double
    /// Mean over the step's pictures, before it was taken.
    public let loss: Double
    /// The exponential mean of the losses so far, by 0.9, without the bias of its beginning.
    public let smoothed: Double
  }

  /// In the order of the steps; the last ones are missing where the loss grew past four times its least.
  public let points: [Point]

  /// A tenth of the rate at which the smoothed loss is least, as the highest of a run; nil where it fell by less than a
  /// twentieth, or was still falling at the end.
  public var suggestion: Double? {
    guard let first = points.first, let least = points.min(by: { $0.smoothed < $1.smoothed }),
      least.smoothed < 0.95 * first.smoothed, least != points.last
    else { return nil }
    return least.rate / 10
  }

  /// Smooths losses.
  init(_ steps: [(rate: Double, loss: Double)]) {
    var mean = 0.0
    points = steps.enumerated().map { index, step in
      mean = 0.9 * mean + 0.1 * step.loss
      return Point(rate: step.rate, loss: step.loss, smoothed: mean / (1 - pow(0.9, Double(index + 1))))
    }
  }

  /// Whether a further step is of no use: the loss has left its least far behind.
  var hasLeftItsLeast: Bool {
    guard let least = points.map(\.smoothed).min(), let last = points.last else { return false }
    return last.smoothed > 4 * least
  }
}

extension Trainer {
  /// Trains while the learning rate rises by the same factor from step to step, and puts every weight back: the trainer stands
  /// where it stood, and nothing is written. The configuration's schedule, warm-up and moving average take no part.
  /// - Parameters:
  ///   - low: the first step's rate.
  ///   - high: the last step's.
  ///   - steps: at most; over as many epochs as it takes.
  ///   - progress: told of the steps taken.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)``, and what reading the data throws.
  public func learningRateCurve(
    from low: Double = 1e-6, to high: Double = 10, steps: Int = 100, progress: (Int) -> Void = { _ in }
  ) throws -> LearningRateCurve {
    precondition(
      0 < low && low < high && steps > 1, "learningRateCurve: \(steps) steps from \(low) to \(high)")
    try configuration.freeze(network.store)
    try prepareFeatures()
    let parameters = network.store.all
    let before = parameters.map(\.value)
    defer { for (parameter, value) in zip(parameters, before) { parameter.value = value } }
    let trainer = EpochTrainer(
      network, task, configuration.makeOptimizer(for: network.store), nil, source(in: 1), configuration)
    let course = LearningRateCourse(risingFrom: low, to: high, over: steps)
    trainer.course = course
    var taken: [(rate: Double, loss: Double)] = []
    var isOver = false
    var epoch = 1
    do {
      while !isOver {
        _ = try trainer.run(epoch: epoch, source(in: 1)) { step, _ in
          taken.append((course.rate(at: step.steps - 1), step.loss))
          progress(taken.count)
          isOver = taken.count == steps || LearningRateCurve(taken).hasLeftItsLeast
          return !isOver
        }
        epoch += 1
      }
    } catch TrainingError.diverged {
      // The rate was too high: what there is of the curve is it.
    }
    return LearningRateCurve(taken)
  }
}
