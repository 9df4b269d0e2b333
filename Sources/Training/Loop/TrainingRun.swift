/// A run that is ready to begin, whatever is trained: a ``Trainer`` of any task, or an ``RCNNRun``.
public protocol TrainingRun: AnyObject {
  /// What the weight files will say of themselves.
  var card: WeightCard { get }

  /// What the run's files will say of it.
  var description: RunDescription { get }

  /// When a checkpoint is written within an epoch; set it before the run begins. An ``RCNNRun`` has none.
  var checkpointInterval: CheckpointInterval { get set }

  /// The weights that the run begins from, for its files; set it before the run begins. One that is resumed keeps its own.
  var start: RunStart? { get set }

  /// Where and when the run begins, for its files; set before, it says the program's version too.
  var environment: RunEnvironment? { get set }

  /// The command that begins the run, for its files; set it before. One that is resumed keeps its own.
  var command: String? { get set }

  /// Trains from where the run stands until its last epoch.
  /// - Parameters:
  ///   - resuming: goes on from the checkpoint in the output folder.
  ///   - end: stops after this epoch as if the run had been interrupted; nil is the configuration's last.
  ///   - afterEpoch: is given the record of each epoch when its files are written.
  /// - Returns: the records of all of the run's epochs.
  /// - Throws: ``TrainingError``, and what ``Trainer/run(resuming:until:afterEpoch:)`` throws.
  func run(
    resuming: Bool, until end: Int?, afterEpoch: (EpochRecord) throws -> Void
  ) throws -> [EpochRecord]

  /// How the loss goes while the learning rate rises from step to step; leaves everything as it was.
  /// - Parameters:
  ///   - low: the first step's rate.
  ///   - high: the last step's.
  ///   - steps: at most.
  ///   - progress: told of the steps taken.
  /// - Throws: ``TrainingError``, and what reading the data throws.
  func learningRateCurve(
    from low: Double, to high: Double, steps: Int, progress: (Int) -> Void
  ) throws -> LearningRateCurve

  /// What the run will take, told from a few steps and a few pictures; leaves everything as it was.
  /// - Parameters:
  ///   - steps: that are timed, at most.
  ///   - enough: seconds after which no further step is waited for.
  /// - Throws: ``TrainingError``, and what reading the data throws.
  func measuredCost(steps: Int, enough: Double) throws -> TrainingCost
}

/// What a run takes.
public struct TrainingCost: Hashable, Sendable {
  /// Seconds before its first epoch: of a linear probe what computing the features of all pictures takes.
  public var once: Double
  /// Seconds of an epoch, its evaluation included.
  public var perEpoch: Double

  /// - Parameters:
  ///   - once: seconds before the first epoch.
  ///   - perEpoch: seconds of an epoch, its evaluation included.
  public init(once: Double = 0, perEpoch: Double) { (self.once, self.perEpoch) = (once, perEpoch) }

  /// Of so many epochs, in seconds.
  func seconds(epochs: Int) -> Double { once + perEpoch * Double(epochs) }
}

extension Trainer: TrainingRun {}
