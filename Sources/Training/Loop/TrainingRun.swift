/// A run that is ready to begin, whatever is trained: a ``Trainer`` of any task, or an ``RCNNRun``.
public protocol TrainingRun: AnyObject {
  /// What the weight files will say of themselves.
  var card: WeightCard { get }

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
}

extension Trainer: TrainingRun {}
