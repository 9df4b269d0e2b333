import Datasets
import Engine
import Models

/// What is needed to tell when the run will end.
struct RunTiming {
  /// After the present one.
  let epochsLeft: Int
  let evaluationSeconds: Double
}

/// One epoch of training: forward, loss, backward, step, batch by batch.
final class EpochTrainer {
  struct Result {
    let loss, accuracy, learningRate, seconds: Double
    /// Since the run's beginning.
    let steps: Int
  }

  var course: LearningRateCourse
  /// An epoch.
  let batches: Int
  private let stepsPerEpoch: Int
  private let network: Network
  private let optimizer: any Optimizer
  private let loader: DataLoader
  private let configuration: TrainingConfiguration

  init(
    _ network: Network, _ optimizer: any Optimizer, _ loader: DataLoader,
    _ configuration: TrainingConfiguration
  ) {
    self.network = network
    self.optimizer = optimizer
    self.loader = loader
    self.configuration = configuration
    batches = loader.batchCount
    stepsPerEpoch = (batches + configuration.accumulationSteps - 1) / configuration.accumulationSteps
    course = LearningRateCourse(configuration, stepsPerEpoch: stepsPerEpoch)
  }

  /// - Parameters:
  ///   - epoch: counted from 1.
  ///   - report: called after every batch with what makes a progress of a timing.
  func run(epoch: Int, report: ((RunTiming) -> StepProgress) -> Void) throws -> Result {
    let start = ContinuousClock.now
    let generator = RandomStream(seed: configuration.seed).split("pass").split(epoch)
    var tally = Tally(classes: network.classes)
    var accumulated = Accumulation()
    var passes: [Pass] = []
    var steps = (epoch - 1) * stepsPerEpoch
    var batchIndex = 0
    let source = loader.epoch(epoch)
    while let batch = try source.next() {
      let pass = Pass.training(generator: generator.split(batchIndex), collectsStatistics: true)
      passes.append(pass)
      batchIndex += 1
      let loss = forward(batch, pass, &tally)
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
        self.progress(epoch, batchIndex, value, tally, seconds, timing)
      }
    }
    return Result(
      loss: tally.meanLoss, accuracy: tally.top1, learningRate: optimizer.learningRate,
      seconds: (ContinuousClock.now - start) / .seconds(1), steps: steps)
  }

  /// The batch's loss as a node of the graph; the logits are counted, and let go.
  private func forward(_ batch: Batch, _ pass: Pass, _ tally: inout Tally) -> Tensor {
    let output = network(batch.images, pass)
    let smoothing = Float(configuration.labelSmoothing)
    var loss = crossEntropy(output.logits, labels: batch.labels, labelSmoothing: smoothing)
    for logits in output.auxiliary {
      loss =
        loss + Float(configuration.auxiliaryWeight)
        * crossEntropy(logits, labels: batch.labels, labelSmoothing: smoothing)
    }
    tally.add(logits: output.logits, labels: batch.labels, loss: loss.scalar)
    return loss
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
    _ epoch: Int, _ batch: Int, _ loss: Double, _ tally: Tally, _ seconds: Double, _ timing: RunTiming
  ) -> StepProgress {
    let perPicture = seconds / Double(tally.count)
    let left = perPicture * Double(loader.dataset.count - tally.count)
    let perEpoch = perPicture * Double(loader.dataset.count) + timing.evaluationSeconds
    return StepProgress(
      epoch: epoch, epochs: configuration.epochs, batch: batch, batches: batches, loss: loss,
      meanLoss: tally.meanLoss, accuracy: tally.top1, learningRate: optimizer.learningRate,
      picturesPerSecond: 1 / perPicture, epochSecondsLeft: left,
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
