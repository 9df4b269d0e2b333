/// What is logged of an epoch: a line of `log.jsonl`.
public struct EpochRecord: Hashable, Sendable {
  /// Counted from 1.
  public let epoch: Int
  /// Optimizer steps since the run's beginning.
  public let steps: Int
  /// Of the epoch's last step.
  public let learningRate: Double
  /// Over the epoch's pictures as they were trained on, with the loss that was minimized.
  public let training: Measures
  /// Over the validation set, in inference.
  public let validation: Measures
  /// Whether the validation is the best so far, by the task's ``TrainingTask/selection``.
  public let isBest: Bool
  /// For training.
  public let seconds: Double
  /// For the evaluation.
  public let validationSeconds: Double
  /// In training.
  public let picturesPerSecond: Double
}

extension EpochRecord {
  /// Mean over the epoch's pictures, as trained: with label smoothing and auxiliary heads.
  public var trainLoss: Double { training.loss }
  /// Mean over the validation set.
  public var validationLoss: Double { validation.loss }
  /// Top-1 over the epoch's pictures as they were trained on, in 0...1; NaN where the task does not measure it.
  public var trainAccuracy: Double { training["accuracy"] ?? .nan }
  /// Top-1 in 0...1; NaN where the task does not measure it.
  public var validationAccuracy: Double { validation["accuracy"] ?? .nan }
  /// In 0...1; NaN where the task does not measure it.
  public var validationTop5: Double { validation["top5"] ?? .nan }
}

extension BidirectionalCollection where Element == EpochRecord {
  /// The epoch whose weights were kept as the best, the last one where none was; nil where there are no epochs.
  package var best: EpochRecord? { last(where: \.isBest) ?? last }
}

extension EpochRecord: Codable {
  /// Losses and classification's metrics lie flat, as they always have; what else a task measures, by its name in objects
  /// of their own.
  private enum CodingKeys: String, CodingKey {
    case epoch, steps, learningRate, isBest, seconds, validationSeconds, picturesPerSecond
    case trainLoss, trainAccuracy, validationLoss, validationAccuracy, validationTop5
    case trainLossParts, trainMetrics, validationLossParts, validationMetrics
  }

  private typealias Flat = (name: String, key: CodingKeys)
  private static let flatTraining: [Flat] = [("accuracy", .trainAccuracy)]
  private static let flatValidation: [Flat] = [("accuracy", .validationAccuracy), ("top5", .validationTop5)]

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    epoch = try values.decode(Int.self, forKey: .epoch)
    steps = try values.decode(Int.self, forKey: .steps)
    learningRate = try values.decode(Double.self, forKey: .learningRate)
    isBest = try values.decode(Bool.self, forKey: .isBest)
    seconds = try values.decode(Double.self, forKey: .seconds)
    validationSeconds = try values.decode(Double.self, forKey: .validationSeconds)
    picturesPerSecond = try values.decode(Double.self, forKey: .picturesPerSecond)
    func measures(
      _ loss: CodingKeys, _ parts: CodingKeys, _ metrics: CodingKeys, _ flat: [Flat]
    ) throws -> Measures {
      var named = try values.decodeIfPresent([String: Double].self, forKey: metrics) ?? [:]
      for (name, key) in flat {
        if let value = try values.decodeIfPresent(Double.self, forKey: key) { named[name] = value }
      }
      return Measures(
        loss: try values.decode(Double.self, forKey: loss),
        parts: try values.decodeIfPresent([String: Double].self, forKey: parts) ?? [:], metrics: named)
    }
    training = try measures(.trainLoss, .trainLossParts, .trainMetrics, Self.flatTraining)
    validation = try measures(
      .validationLoss, .validationLossParts, .validationMetrics, Self.flatValidation)
    let (lengths, speeds) = (0...1e12, 0...1e15)
    guard epoch >= 1, steps >= 0, lengths ~= seconds, lengths ~= validationSeconds,
      speeds ~= picturesPerSecond
    else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath, debugDescription: "an epoch, a count or a time out of its range"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(epoch, forKey: .epoch)
    try values.encode(steps, forKey: .steps)
    try values.encode(learningRate, forKey: .learningRate)
    try values.encode(isBest, forKey: .isBest)
    try values.encode(seconds, forKey: .seconds)
    try values.encode(validationSeconds, forKey: .validationSeconds)
    try values.encode(picturesPerSecond, forKey: .picturesPerSecond)
    func encode(
      _ measures: Measures, _ loss: CodingKeys, _ parts: CodingKeys, _ metrics: CodingKeys, _ flat: [Flat]
    ) throws {
      try values.encode(measures.loss, forKey: loss)
      var named = measures.metrics
      for (name, key) in flat { try values.encodeIfPresent(named.removeValue(forKey: name), forKey: key) }
      if !measures.parts.isEmpty { try values.encode(measures.parts, forKey: parts) }
      if !named.isEmpty { try values.encode(named, forKey: metrics) }
    }
    try encode(training, .trainLoss, .trainLossParts, .trainMetrics, Self.flatTraining)
    try encode(
      validation, .validationLoss, .validationLossParts, .validationMetrics, Self.flatValidation)
  }
}
