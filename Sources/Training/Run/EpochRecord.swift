/// What is logged of an epoch: a line of `log.jsonl`.
public struct EpochRecord: Codable, Hashable, Sendable {
  /// Counted from 1.
  public let epoch: Int
  /// Optimizer steps since the run's beginning.
  public let steps: Int
  /// Of the epoch's last step.
  public let learningRate: Double
  /// Mean over the epoch's pictures, as trained: with label smoothing and auxiliary heads.
  public let trainLoss: Double
  /// Top-1 over the epoch's pictures as they were trained on, in 0...1.
  public let trainAccuracy: Double
  public let validationLoss: Double
  /// Top-1 in 0...1.
  public let validationAccuracy: Double
  public let validationTop5: Double
  /// Whether the validation accuracy is the best so far (the loss decides between equals).
  public let isBest: Bool
  /// For training.
  public let seconds: Double
  /// For the evaluation.
  public let validationSeconds: Double
  public let picturesPerSecond: Double
}
