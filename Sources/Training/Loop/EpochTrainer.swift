import Datasets
import Engine
import Models

/// What is needed to tell when the run will end.
struct RunTiming {
  /// After the present one.
  let epochsLeft: Int
  let evaluationSeconds: Double
}

/// What an epoch of training came to.
struct TrainedEpoch {
  let measures: Measures
  let learningRate, seconds: Double
  /// Since the run's beginning.
  let steps: Int
}

/// A step of the optimizer that has been taken.
struct TakenStep {
  /// Since the run's beginning, this one included.
  let steps: Int
  /// Mean over its pictures.
  let loss: Double
  /// Batches of the epoch that are done.
  let batches: Int
}

/// One epoch of training: forward, loss, backward, step, batch by batch.
final class EpochTrainer<Task: TrainingTask> {
  var course: LearningRateCourse
  /// Told of the gradients of each step, before they are clipped.
  var willStep: (_ gradients: Gradients, _ epoch: Int) -> Void = { _, _ in }
  /// An epoch.
  let batches: Int
  private let pictures: Int
  private let stepsPerEpoch: Int
  private let network: Task.Model
  private let task: Task
  private let optimizer: any Optimizer
  private let average: WeightAverage?
  private let configuration: TrainingConfiguration

  /// - Parameter source: of any epoch: all have as many pictures.
  init(
    _ network: Task.Model, _ task: Task, _ optimizer: any Optimizer, _ average: WeightAverage?,
    _ source: BatchSource<Task.Target>, _ configuration: TrainingConfiguration
  ) {
    self.network = network
    self.task = task
    self.optimizer = optimizer
    self.average = average
    self.configuration = configuration
    batches = source.batchCount
    pictures = source.exampleCount
    stepsPerEpoch = (batches + configuration.accumulationSteps - 1) / configuration.accumulationSteps
    course = LearningRateCourse(configuration, stepsPerEpoch: stepsPerEpoch)
  }

  /// - Parameters:
  ///   - epoch: counted from 1.
  ///   - source: of its pictures.
  ///   - position: where in the epoch to begin; nil is its first batch.
  ///   - afterStep: called after every step with what tells where the epoch stands; false ends the epoch there.
  ///   - report: called after every batch with what makes a progress of a timing.
  func run(
    epoch: Int, _ source: BatchSource<Task.Target>, from position: EpochPosition? = nil,
    afterStep: (_ step: TakenStep, _ position: () -> EpochPosition) throws -> Bool = { _, _ in true },
    report: ((RunTiming) -> StepProgress) -> Void = { _ in }
  ) throws -> TrainedEpoch {
    let start = ContinuousClock.now
    let generator = RandomStream(seed: configuration.seed).split("pass").split(epoch)
    var meter = task.meter(for: .training, showing: nil)
    if let saved = position?.meter { try meter.restore(saved) }
    var losses = position?.losses ?? LossMeter()
    var accumulated = Accumulation()
    var passes: [Pass] = []
    var batchIndex = position?.batches ?? 0
    var steps = (epoch - 1) * stepsPerEpoch + batchIndex / configuration.accumulationSteps
    func seconds() -> Double { (position?.seconds ?? 0) + (ContinuousClock.now - start) / .seconds(1) }
    let next = try source.epoch(epoch, batchIndex)
    while let batch = try next() {
      let pass = Pass.training(
        generator: generator.split(batchIndex), collectsStatistics: true,
        recomputes: configuration.recomputes ?? false)
      passes.append(pass)
      batchIndex += 1
      let loss = forward(batch, pass, &meter, &losses)
      let value = Double(loss.scalar)
      guard value.isFinite else {
        throw TrainingError.diverged(epoch: epoch, step: steps + 1, what: "the loss is \(value)")
      }
      accumulated.add(loss, value, pictures: batch.count)
      optimizer.learningRate = course.rate(at: steps)
      var goesOn = true
      if batchIndex % configuration.accumulationSteps == 0 || batchIndex == batches {
        let mean = accumulated.meanLoss
        try step(accumulated.take(), epoch: epoch, step: steps + 1)
        for pass in passes { pass.applyStatistics() }
        passes = []
        steps += 1
        average?.update(after: steps)
        goesOn = try afterStep(TakenStep(steps: steps, loss: mean, batches: batchIndex)) {
          EpochPosition(batches: batchIndex, losses: losses, meter: meter.saved, seconds: seconds())
        }
      }
      report { timing in
        let measures = losses.measures(meter.metrics)
        return self.progress(epoch, batchIndex, steps, value, measures, losses.count, seconds(), timing)
      }
      guard goesOn else { break }
    }
    return TrainedEpoch(
      measures: losses.measures(meter.metrics), learningRate: optimizer.learningRate, seconds: seconds(),
      steps: steps)
  }

  /// The batch's loss as a node of the graph; the network's output is counted, and let go.
  private func forward(
    _ batch: Batch<Task.Target>, _ pass: Pass, _ meter: inout Task.Meter, _ losses: inout LossMeter
  ) -> Tensor {
    let output = task.output(of: network, for: batch, pass)
    let loss = task.loss(of: output, for: batch, in: .training)
    losses.add(loss, pictures: batch.count)
    meter.add(output, for: batch)
    return loss.total
  }

  private func step(_ gradients: consuming Gradients, epoch: Int, step: Int) throws {
    var gradients = gradients
    willStep(gradients, epoch)
    if let limit = configuration.gradientClip {
      let norm = gradients.clip(toNorm: Float(limit))
      guard norm.isFinite else {
        throw TrainingError.diverged(epoch: epoch, step: step, what: "the gradients' norm is \(norm)")
      }
    }
    optimizer.step(gradients)
  }

  private func progress(
    _ epoch: Int, _ batch: Int, _ steps: Int, _ loss: Double, _ measures: Measures, _ count: Int,
    _ seconds: Double, _ timing: RunTiming
  ) -> StepProgress {
    let perPicture = seconds / Double(count)
    let left = perPicture * Double(pictures - count)
    let perEpoch = perPicture * Double(pictures) + timing.evaluationSeconds
    return StepProgress(
      epoch: epoch, epochs: configuration.epochs, batch: batch, batches: batches, steps: steps, loss: loss,
      measures: measures, learningRate: optimizer.learningRate, picturesPerSecond: 1 / perPicture,
      epochSecondsLeft: left,
      secondsLeft: left + timing.evaluationSeconds + Double(timing.epochsLeft) * perEpoch)
  }
}

/// The gradient of the mean loss over the pictures of several batches.
private struct Accumulation {
  private var gradients: Gradients?
  private var pictures = 0
  private var losses = 0.0

  /// Over the pictures so far.
  var meanLoss: Double { losses / Double(max(pictures, 1)) }

  mutating func add(_ loss: consuming Tensor, _ value: Double, pictures count: Int) {
    var new = loss.backward()
    losses += value * Double(count)
    guard var sum = gradients.take() else {
      gradients = new
      pictures = count
      return
    }
    // Both are means; the sum is the mean over all of their pictures.
    let total = Float(pictures + count)
    sum.scale(by: Float(pictures) / total)
    new.scale(by: Float(count) / total)
    sum.accumulate(new)
    gradients = sum
    pictures += count
  }

  mutating func take() -> Gradients {
    (pictures, losses) = (0, 0)
    return gradients.take()!
  }
}
