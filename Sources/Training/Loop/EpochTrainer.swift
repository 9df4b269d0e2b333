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

/// One epoch of training: forward, loss, backward, step, batch by batch.
final class EpochTrainer<Task: TrainingTask> {
  var course: LearningRateCourse
  /// An epoch.
  let batches: Int
  private let pictures: Int
  private let stepsPerEpoch: Int
  private let network: Task.Model
  private let task: Task
  private let optimizer: any Optimizer
  private let loader: DataLoader<Task.Target>
  private let configuration: TrainingConfiguration

  init(
    _ network: Task.Model, _ task: Task, _ optimizer: any Optimizer, _ loader: DataLoader<Task.Target>,
    _ configuration: TrainingConfiguration
  ) {
    self.network = network
    self.task = task
    self.optimizer = optimizer
    self.loader = loader
    self.configuration = configuration
    batches = loader.batchCount
    pictures = loader.exampleCount
    stepsPerEpoch = (batches + configuration.accumulationSteps - 1) / configuration.accumulationSteps
    course = LearningRateCourse(configuration, stepsPerEpoch: stepsPerEpoch)
  }

  /// - Parameters:
  ///   - epoch: counted from 1.
  ///   - report: called after every batch with what makes a progress of a timing.
  func run(epoch: Int, report: ((RunTiming) -> StepProgress) -> Void) throws -> TrainedEpoch {
    let start = ContinuousClock.now
    let generator = RandomStream(seed: configuration.seed).split("pass").split(epoch)
    var meter = task.meter(for: .training, showing: nil)
    var losses = LossMeter()
    var accumulated = Accumulation()
    var passes: [Pass] = []
    var steps = (epoch - 1) * stepsPerEpoch
    var batchIndex = 0
    let source = loader.epoch(epoch)
    while let batch = try source.next() {
      let pass = Pass.training(generator: generator.split(batchIndex), collectsStatistics: true)
      passes.append(pass)
      batchIndex += 1
      let loss = forward(batch, pass, &meter, &losses)
      let value = Double(loss.scalar)
      guard value.isFinite else {
        throw TrainingError.diverged(epoch: epoch, step: steps + 1, what: "the loss is \(value)")
      }
      accumulated.add(loss, pictures: batch.count)
      optimizer.learningRate = course.rate(at: steps)
      if batchIndex % configuration.accumulationSteps == 0 || batchIndex == batches {
        try step(accumulated.take(), epoch: epoch, step: steps + 1)
        for pass in passes { pass.applyStatistics() }
        passes = []
        steps += 1
      }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      report { timing in
        let measures = losses.measures(meter.metrics)
        return self.progress(epoch, batchIndex, value, measures, losses.count, seconds, timing)
      }
    }
    return TrainedEpoch(
      measures: losses.measures(meter.metrics), learningRate: optimizer.learningRate,
      seconds: (ContinuousClock.now - start) / .seconds(1), steps: steps)
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
    if let limit = configuration.gradientClip {
      let norm = gradients.clip(toNorm: Float(limit))
      guard norm.isFinite else {
        throw TrainingError.diverged(epoch: epoch, step: step, what: "the gradients' norm is \(norm)")
      }
    }
    optimizer.step(gradients)
  }

  private func progress(
    _ epoch: Int, _ batch: Int, _ loss: Double, _ measures: Measures, _ count: Int, _ seconds: Double,
    _ timing: RunTiming
  ) -> StepProgress {
    let perPicture = seconds / Double(count)
    let left = perPicture * Double(pictures - count)
    let perEpoch = perPicture * Double(pictures) + timing.evaluationSeconds
    return StepProgress(
      epoch: epoch, epochs: configuration.epochs, batch: batch, batches: batches, loss: loss,
      measures: measures, learningRate: optimizer.learningRate, picturesPerSecond: 1 / perPicture,
      epochSecondsLeft: left,
      secondsLeft: left + timing.evaluationSeconds + Double(timing.epochsLeft) * perEpoch)
  }
}

/// The gradient of the mean loss over the pictures of several batches.
private struct Accumulation {
  private var gradients: Gradients?
  private var pictures = 0

  mutating func add(_ loss: consuming Tensor, pictures count: Int) {
    var new = loss.backward()
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
    pictures = 0
    return gradients.take()!
  }
}
