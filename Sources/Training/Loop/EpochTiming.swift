import Datasets
import Engine

extension Trainer {
  /// How long an epoch takes, its evaluation included, told from a few steps and a few pictures. Every weight is put back: the
  /// trainer stands where it stood, and nothing is written.
  /// - Parameters:
  ///   - steps: that are timed, after one that is not: the first one prepares what the others find.
  ///   - enough: seconds after which no further step is waited for.
  /// - Returns: seconds.
  /// - Throws: ``TrainingError``, and what reading the data throws.
  public func measuredSecondsPerEpoch(steps: Int = 6, enough: Double = 3) throws -> Double {
    precondition(steps > 0, "measuredSecondsPerEpoch: \(steps) steps")
    try configuration.freeze(network.store)
    let parameters = network.store.all
    let before = parameters.map(\.value)
    defer { for (parameter, value) in zip(parameters, before) { parameter.value = value } }
    try prepareFeatures()
    let source = source(in: 1)
    let trainer = EpochTrainer(
      network, task, configuration.makeOptimizer(for: network.store), nil, source, configuration)
    let start = ContinuousClock.now
    var marks: [ContinuousClock.Instant] = []
    do {
      _ = try trainer.run(epoch: 1, source) { _, _ in
        marks.append(.now)
        return marks.count <= steps && (marks.count < 2 || (.now - start) / .seconds(1) < enough)
      }
    } catch TrainingError.diverged {
      // The steps so far took their time all the same.
    }
    let end = marks.last ?? .now
    let perStep =
      marks.count > 1 ? (end - marks[0]) / .seconds(1) / Double(marks.count - 1) : (end - start) / .seconds(1)
    let (batches, perBatch) = (trainer.batches, configuration.accumulationSteps)
    return perStep * Double((batches + perBatch - 1) / perBatch) + (try measuredEvaluationSeconds())
  }

  private func measuredEvaluationSeconds() throws -> Double {
    let count = min(validation.count, 2 * configuration.batchSize)
    let few = Subset(validation, indices: Array(0..<count))
    let loader = DataLoader(
      few, pipeline: Pipeline(preprocessing: card.preprocessing), collation: task.collation,
      batchSize: configuration.batchSize)
    // Features take so little time that all of them can be looked at.
    let source = features?.validation ?? BatchSource(loader)
    let start = ContinuousClock.now
    _ = try Evaluator(network, source, task: task).measure()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return seconds * Double(validation.count) / Double(source.exampleCount)
  }
}
