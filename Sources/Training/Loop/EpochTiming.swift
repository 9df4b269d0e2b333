import Datasets
import Engine

extension Trainer {
  /// What the run will take, told from a few steps and a few pictures. Every weight is put back: the trainer stands where it stood,
  /// and nothing is written.
  /// - Parameters:
  ///   - steps: that are timed, after one that is not: the first one prepares what the others find.
  ///   - enough: seconds after which no further step is waited for.
  /// - Returns: seconds, of an epoch with its evaluation.
  /// - Throws: ``TrainingError``, and what reading the data throws.
  public func measuredCost(steps: Int = 6, enough: Double = 3) throws -> TrainingCost {
    precondition(steps > 0, "measuredCost: \(steps) steps")
    try configuration.freeze(network.store)
    let parameters = network.store.all
    let before = parameters.map(\.value)
    defer { for (parameter, value) in zip(parameters, before) { parameter.value = value } }
    let sample = try features?.sample()
    let source = sample?.source ?? source(in: 1)
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
    // Of the whole epoch, also where the steps were of a sample.
    let (batches, perBatch) = (loaders.full.batchCount, configuration.accumulationSteps)
    let evaluation = try measuredEvaluationSeconds(sample?.source)
    return TrainingCost(
      once: sample?.seconds ?? 0,
      perEpoch: perStep * Double((batches + perBatch - 1) / perBatch) + evaluation)
  }

  /// - Parameter sample: of features, which is looked at in place of pictures.
  private func measuredEvaluationSeconds(_ sample: BatchSource<Task.Target>?) throws -> Double {
    let count = min(validation.count, 2 * configuration.batchSize)
    let few = Subset(validation, indices: Array(0..<count))
    let loader = DataLoader(
      few, pipeline: Pipeline(preprocessing: card.preprocessing), collation: task.collation,
      batchSize: configuration.batchSize)
    let source = sample ?? BatchSource(loader)
    let start = ContinuousClock.now
    _ = try Evaluator(network, source, task: task).measure()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return seconds * Double(validation.count) / Double(source.exampleCount)
  }
}
