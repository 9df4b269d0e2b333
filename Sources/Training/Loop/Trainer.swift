import Datasets
import Engine
import Foundation
import Images
import Models

/// Trains a network for a task, measures it after every epoch, and keeps its checkpoints.
///
///     let data = try DataSource.open("digits")
///     let network = try Network("resnet20", classes: 10, inputChannels: 1)
///     let trainer = try Trainer(
///       network, data, preprocessing: data.preprocessing!, configuration: TrainingConfiguration(), output: folder)
///     let records = try trainer.run()
///
/// The same seed gives the same bits, on any number of threads, and also where a run was stopped at any moment and
/// resumed.
public final class Trainer<Task: TrainingTask> {
  /// What is trained; its weights move while it runs.
  public let network: Task.Model
  /// What it is trained for.
  public let task: Task
  /// What decides the run's numbers.
  public let configuration: TrainingConfiguration
  /// The run's folder; nil keeps nothing.
  public let directory: RunDirectory?
  /// What the weight files will say of themselves.
  public let card: WeightCard
  /// When a checkpoint is written within an epoch; set it before the run begins.
  public var checkpointInterval = CheckpointInterval.standard
  public var start: RunStart?
  public var environment: RunEnvironment?
  public var command: String?
  let loaders: EpochLoaders<Task.Target>
  /// What takes the loaders' place where features of the pictures are computed once; set before the run begins.
  var features: FeatureSources<Task.Target>?
  let validation: any Dataset<Task.Target>
  /// What the run's files will say of it.
  public internal(set) var description: RunDescription
  private weak var observer: (any TrainingObserver)?

  /// Checks that everything fits together; writes nothing yet.
  /// - Parameters:
  ///   - network: its weights are where training begins, unless the run is resumed.
  ///   - data: what it is trained on, and what it is measured on after every epoch.
  ///   - task: what it is trained for. Label smoothing and the weight of auxiliary heads are the task's own, whatever the
  ///     configuration says of them.
  ///   - preprocessing: of both parts.
  ///   - steps: of the training pictures, as they are decoded, before the configuration's augmentation.
  ///   - configuration: what decides the run's numbers.
  ///   - output: the run's folder; nil keeps nothing.
  ///   - observer: is told how it goes; held weakly.
  /// - Throws: ``TrainingError``, what the network's and the task's checks throw, and what reading the first picture throws.
  public init(
    _ network: Task.Model, _ data: DataSource<Task.Target>, task: Task, preprocessing: Preprocessing,
    steps: [Pipeline<Task.Target>.Step] = [], configuration: TrainingConfiguration, output: URL? = nil,
    observer: (any TrainingObserver)? = nil
  ) throws {
    try configuration.check()
    for (name, part) in [("training", data.train), ("validation", data.validation)] {
      guard part.count > 0 else { throw TrainingError.noPictures(set: name) }
      try task.check(part, set: name, for: network)
    }
    let first = preprocessing.prepared(try data.train.example(at: 0).image)
    try network.check([1, first.height, first.width, first.channels])
    self.network = network
    self.task = task
    validation = data.validation
    self.configuration = configuration
    self.observer = observer
    directory = output.map { RunDirectory($0) }
    var card = WeightCard(
      network: network.name, classNames: data.train.classNames, auxiliary: network.hasAuxiliaryHeads,
      inputChannels: first.channels, inputHeight: first.height, inputWidth: first.width,
      preprocessing: preprocessing, task: Task.name == ClassificationTask.name ? nil : Task.name)
    task.describe(network, on: &card)
    if let options = data.options, let share = options.validationShare {
      (card.validationShare, card.splitSeed) = (share, options.seed)
    }
    self.card = card
    guard configuration.mixing == nil || Task.knowsMixedTargets else {
      throw TrainingError.invalidConfiguration(
        "mixup and CutMix are for classifiers: the task '\(Task.name)' knows no mixed targets")
    }
    func loader(_ preprocessing: Preprocessing, _ size: Image.Size) throws -> DataLoader<Task.Target> {
      try network.check([1, size.height, size.width, first.channels])
      return DataLoader(
        data.train,
        pipeline: try configuration.pipeline(for: data.train, preprocessing, size: size, steps: steps),
        collation: task.collation, mixing: configuration.mixing, batchSize: configuration.batchSize,
        seed: configuration.seed, shuffles: true, balancing: try Self.balancing(data.train, configuration),
        dropsLast: Self.dropsLast(data.train, task, configuration))
    }
    loaders = try EpochLoaders(preprocessing, first.size, configuration, loader)
    description = RunDescription(
      card: card, configuration: configuration, data: data.name,
      attribution: data.attribution, trainingPictures: data.train.count,
      validationPictures: data.validation.count, settings: task.settings.isEmpty ? nil : task.settings,
      dataOptions: data.options.flatMap { $0.differences(from: DataOptions()).isEmpty ? nil : $0 })
  }

  /// Trains from where the run stands until its last epoch.
  /// - Parameters:
  ///   - resuming: goes on from the checkpoint in the output folder, which may have been written within an epoch and must be of
  ///     a run configured as this one but for its number of epochs and its patience, on the same pictures, of which some are
  ///     looked at, under the same names and labels; otherwise that folder must be empty or absent. In either case no other run
  ///     may be under way there.
  ///   - end: stops after this epoch as if the run had been interrupted; nil is the configuration's last.
  ///   - afterEpoch: is given the record of each epoch when its files are written. What it throws ends the run there, and
  ///     the run can be resumed.
  /// - Returns: the records of all of the run's epochs, those before it was resumed included.
  /// - Throws: ``TrainingError``, what reading the data throws, `WeightFileError`, and what `afterEpoch` throws.
  @discardableResult
  public func run(
    resuming: Bool = false, until end: Int? = nil, afterEpoch: (EpochRecord) throws -> Void = { _ in }
  ) throws -> [EpochRecord] {
    try configuration.freeze(network.store)
    let parts = makeParts()
    let epochTrainer = parts.epochTrainer
    var state = Checkpoint(
      epochsDone: 0, position: nil, plateau: epochTrainer.course.plateau, history: [], samples: nil)
    var lock: FolderLock?
    defer { withExtendedLifetime(lock) {} }
    if resuming {
      let earlier = try resumed(parts)
      (state, lock) = (earlier.state, earlier.lock)
      epochTrainer.course.plateau = state.plateau
    } else if let directory {
      lock = try directory.prepareNew()
      rememberData(in: &state)
      try write(state, parts)
    }
    if let directory {
      let earlier = resuming ? try directory.readDescription() : nil
      try directory.write(described(goingOnFrom: earlier), to: directory.configuration)
      try directory.write(log: state.history)
    }
    try configuration.freeze(network.store, in: state.epochsDone + 1)
    observer?.trainingWillStart(plan(state, epochTrainer))
    if state.epochsDone < configuration.epochs { try prepareFeatures() }
    var clock = CheckpointClock(checkpointInterval)
    while state.epochsDone < min(end ?? .max, configuration.epochs), !hasStalled(state) {
      try configuration.freeze(network.store, in: state.epochsDone + 1)
      try runEpoch(&state, parts, &clock)
      // Last, for it makes the epoch done: a run stopped before repeats the epoch, to the same bits.
      try write(state, parts)
      observer?.didFinishEpoch(state.history.last!)
      try afterEpoch(state.history.last!)
    }
    if state.epochsDone < configuration.epochs, hasStalled(state) {
      observer?.didStopEarly(state.history.last!)
    }
    return state.history
  }

  /// - Parameter earlier: where the run is resumed, what its folder says of it.
  private func described(goingOnFrom earlier: RunDescription?) -> RunDescription {
    var result = description
    if checkpointInterval != .standard { result.checkpointInterval = checkpointInterval }
    (result.start, result.command) = (start, command)
    result.environment = environment ?? .current()
    if let earlier { result.goOn(from: earlier) }
    return result
  }

  /// What moves while the run goes on.
  struct Parts {
    let optimizer: any Optimizer
    let average: WeightAverage?
    let epochTrainer: EpochTrainer<Task>

    /// While the network has the weights that are measured and kept.
    func withMeasuredWeights<R>(_ body: () throws -> R) rethrows -> R {
      if let average { try average.whileInPlace(body) } else { try body() }
    }
  }

  func makeParts() -> Parts {
    let optimizer = configuration.makeOptimizer(for: network.store)
    let average = configuration.averageDecay.map { WeightAverage(of: network.store, decay: $0) }
    let trainer = EpochTrainer(network, task, optimizer, average, source(in: 1), configuration)
    trainer.willStep = { [weak observer] in observer?.willStep(along: $0, epoch: $1) }
    return Parts(optimizer: optimizer, average: average, epochTrainer: trainer)
  }

  /// The training batches of an epoch, counted from 1.
  func source(in epoch: Int) -> BatchSource<Task.Target> {
    features?.training ?? BatchSource(loaders.loader(in: epoch))
  }

  /// Computes what features there are to be of the pictures.
  func prepareFeatures() throws { try features?.prepare { observer?.didComputeFeatures($0) } }

  private func write(_ state: Checkpoint, _ parts: Parts) throws {
    guard let directory else { return }
    try state.write(to: directory.checkpoint, network.store, parts.optimizer, parts.average)
  }

  /// Whether no epoch was better for as many as the configuration has patience for.
  private func hasStalled(_ state: Checkpoint) -> Bool {
    guard let patience = configuration.patience, let best = state.history.last(where: \.isBest) else {
      return false
    }
    return state.epochsDone - best.epoch >= patience
  }

  private func runEpoch(_ state: inout Checkpoint, _ parts: Parts, _ clock: inout CheckpointClock) throws {
    let epoch = state.epochsDone + 1
    let epochTrainer = parts.epochTrainer
    let timing = RunTiming(
      epochsLeft: configuration.epochs - epoch, evaluationSeconds: state.history.last?.validationSeconds ?? 0)
    let trained = try epochTrainer.run(
      epoch: epoch, source(in: epoch), from: state.position
    ) { step, position in
      guard directory != nil, clock.isDue(), step.batches < epochTrainer.batches else { return true }
      state.position = position()
      try write(state, parts)
      observer?.didWriteCheckpoint(epoch: epoch, batch: step.batches)
      return true
    } report: { [observer] progress in
      observer?.didTakeStep(progress(timing))
    }
    state.position = nil
    guard network.store.all.allSatisfy({ $0.value.isFinite }) else {
      throw TrainingError.diverged(
        epoch: epoch, step: trained.steps, what: "a weight or a running statistic is not finite")
    }
    let start = ContinuousClock.now
    let (measures, meter) = try parts.withMeasuredWeights { try evaluate() }
    guard measures.loss.isFinite else {
      throw TrainingError.diverged(
        epoch: epoch, step: trained.steps, what: "the validation loss is \(measures.loss)")
    }
    epochTrainer.course.plateau?.observe(measures.loss)
    let best = state.history.last(where: \.isBest)
    let record = EpochRecord(
      epoch: epoch, steps: trained.steps, learningRate: trained.learningRate, training: trained.measures,
      validation: measures, isBest: best.map { task.selection.prefers(measures, to: $0.validation) } ?? true,
      seconds: trained.seconds, validationSeconds: (ContinuousClock.now - start) / .seconds(1),
      picturesPerSecond: Double(loaders.full.exampleCount) / trained.seconds)
    state.epochsDone = epoch
    state.plateau = epochTrainer.course.plateau
    state.history.append(record)
    guard let directory else { return }
    try parts.withMeasuredWeights {
      try network.store.save(to: directory.last.path, metadata: card.metadata)
      if record.isBest { try network.store.save(to: directory.best.path, metadata: card.metadata) }
    }
    if record.isBest {
      try directory.write(meter.evaluation(measures), to: directory.evaluation)
      try directory.write(meter.examples, to: directory.examples)
    }
    try directory.write(log: state.history)
  }

  private func evaluate() throws -> (measures: Measures, meter: Task.Meter) {
    let loader = DataLoader(
      validation, pipeline: Pipeline(preprocessing: card.preprocessing), collation: task.collation,
      batchSize: configuration.batchSize, dropsLast: Self.dropsLast(validation, task, configuration))
    let source = features?.validation ?? BatchSource(loader)
    let found = try Evaluator(network, source, task: task).measure(showing: card.preprocessing) {
      observer?.didEvaluate($0, of: validation.count)
    }
    precondition(
      found.measures[task.selection.name] != nil || found.meter.metrics[task.selection.name] != nil,
      "Trainer: the best epoch is chosen by '\(task.selection.name)', which the meter does not measure")
    return found
  }
}
