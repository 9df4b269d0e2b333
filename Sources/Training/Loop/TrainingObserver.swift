import Engine
import Foundation

/// Is told how a run goes. All methods are called on the thread that trains; those not implemented do nothing.
public protocol TrainingObserver: AnyObject {
  /// Once, before the first epoch.
  func trainingWillStart(_ plan: TrainingPlan)
  /// After every batch of pictures of which features are computed once, before the first epoch of a linear probe.
  func didComputeFeatures(_ progress: FeatureProgress)
  /// After every batch.
  func didTakeStep(_ progress: StepProgress)
  /// Before every step, with what it follows: the mean over its pictures, before it is clipped.
  func willStep(along gradients: Gradients, epoch: Int)
  /// After every batch of an evaluation.
  func didEvaluate(_ pictures: Int, of total: Int)
  /// After every epoch, when its files are written.
  func didFinishEpoch(_ record: EpochRecord)
  /// After a checkpoint within an epoch: the run can go on from there.
  func didWriteCheckpoint(epoch: Int, batch: Int)
  /// Once, where the run has ended before its last epoch because no epoch was better for as many as it had patience for.
  func didStopEarly(_ record: EpochRecord)
}

extension TrainingObserver {
  public func trainingWillStart(_ plan: TrainingPlan) {}
  public func didComputeFeatures(_ progress: FeatureProgress) {}
  public func didTakeStep(_ progress: StepProgress) {}
  public func willStep(along gradients: Gradients, epoch: Int) {}
  public func didEvaluate(_ pictures: Int, of total: Int) {}
  public func didFinishEpoch(_ record: EpochRecord) {}
  public func didWriteCheckpoint(epoch: Int, batch: Int) {}
  public func didStopEarly(_ record: EpochRecord) {}
}

/// What a run is about to do.
public struct TrainingPlan: Hashable, Sendable {
  /// Of the whole run.
  public let epochs: Int
  /// Epochs done before, where the run is resumed.
  public let epochsDone: Int
  /// Batches of the next epoch done before, where the run was stopped within it.
  public let batchesDone: Int
  /// Batches an epoch.
  public let batchesPerEpoch: Int
  /// An epoch.
  public let trainingPictures: Int
  /// Measured after every epoch.
  public let validationPictures: Int
  /// Trained elements, frozen ones left out.
  public let trainedParameters: Int
  /// Elements of all weights.
  public let parameters: Int
}

/// How far the features of a linear probe's pictures are.
public struct FeatureProgress: Hashable, Sendable {
  /// Done so far, of both parts.
  public let pictures: Int
  /// Of both parts.
  public let total: Int
  /// That all features take, in memory and in the file.
  public let bytes: Int
  /// Whether they were found in the run's folder, computed before.
  public let wereKept: Bool
  /// Where they are kept for a run that is gone on with; nil where they are not.
  public let file: URL?
}

/// How far an epoch is.
public struct StepProgress: Hashable, Sendable {
  /// Counted from 1.
  public let epoch: Int
  /// Of the whole run.
  public let epochs: Int
  /// Batches done in this epoch.
  public let batch: Int
  /// An epoch.
  public let batches: Int
  /// Steps of the optimizer since the run's beginning.
  public let steps: Int
  /// Of this batch, auxiliary heads included.
  public let loss: Double
  /// Of the epoch's pictures so far.
  public let measures: Measures
  /// Of the last step.
  public let learningRate: Double
  /// In this epoch so far.
  public let picturesPerSecond: Double
  /// Until the end of this epoch's training.
  public let epochSecondsLeft: Double
  /// Until the end of the run, evaluations included as far as one was timed.
  public let secondsLeft: Double
}

extension StepProgress {
  /// Mean of the epoch's pictures so far.
  public var meanLoss: Double { measures.loss }
  /// Top-1 of the epoch's pictures so far, in 0...1; NaN where the task does not measure it.
  public var accuracy: Double { measures["accuracy"] ?? .nan }
}
