/// A run that is ready to begin, whatever is trained: a ``Trainer`` of any task, or an ``RCNNRun``.
public protocol TrainingRun: AnyObject {
  /// What the weight files will say of themselves.
  var card: WeightCard { get }

  /// When a checkpoint is written within an epoch; set it before the run begins. An ``RCNNRun`` has none.
  var checkpointInterval: CheckpointInterval { get set }

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
}

extension Trainer: TrainingRun {}
