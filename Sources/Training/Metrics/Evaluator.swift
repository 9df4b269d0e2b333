import Datasets
import Engine
import Images
import Models

/// Measures a network on pictures with targets, in inference passes.
public struct Evaluator<Task: TrainingTask> {
  private let network: Task.Model
  private let source: BatchSource<Task.Target>
  private let task: Task

  /// - Parameters:
  ///   - network: what is measured.
  ///   - loader: each of the pictures once.
  ///   - task: what is measured of it.
  public init(_ network: Task.Model, _ loader: DataLoader<Task.Target>, task: Task) {
    self.init(network, BatchSource(loader), task: task)
  }

  init(_ network: Task.Model, _ source: BatchSource<Task.Target>, task: Task) {
    self.network = network
    self.source = source
    self.task = task
  }

  /// - Parameter progress: told of the pictures done after every batch.
  /// - Throws: what reading the data throws, and what the network's check of a batch throws.
  public func evaluate(progress: (Int) -> Void = { _ in }) throws -> Task.Meter.Evaluation {
    let (measures, meter) = try measure(showing: nil, progress: progress)
    return meter.evaluation(measures)
  }

  /// As ``evaluate(progress:)``, with the loss's parts, the metrics and the meter.
  /// - Parameters:
  ///   - preprocessing: set where the meter should keep some pictures for a report.
  ///   - progress: told of the pictures done after every batch.
  public func measure(
    showing preprocessing: Preprocessing? = nil, progress: (Int) -> Void = { _ in }
  ) throws -> (measures: Measures, meter: Task.Meter) {
    var meter = task.meter(for: .validation, showing: preprocessing)
    var losses = LossMeter()
    let next = try source.epoch(0, 0)
    while let batch = try next() {
      if source.holdsPictures { try network.check(batch.shape) }
      let output = task.output(of: network, for: batch, .inference())
      losses.add(task.loss(of: output, for: batch, in: .validation), pictures: batch.count)
      meter.add(output, for: batch)
      progress(losses.count)
    }
    return (losses.measures(meter.metrics), meter)
  }
}

extension Evaluator where Task == ClassificationTask {
  /// - Parameters:
  ///   - network: what is measured.
  ///   - loader: each of the pictures once.
  ///   - classNames: the names of the network's classes.
  public init(_ network: Network, _ loader: DataLoader<Int>, classNames: [String]) {
    self.init(network, loader, task: ClassificationTask(classNames: classNames))
  }
}
