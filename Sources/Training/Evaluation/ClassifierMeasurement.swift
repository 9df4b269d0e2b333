import Images

/// What is known of a classifier after it was measured: what `colonnade evaluate` prints.
public struct ClassifierMeasurement: Sendable {
  /// What was taken for what.
  public let evaluation: Evaluation
  /// What of each picture the network saw.
  public let views: TestViews
  /// At a temperature of 1; nil where a logit is not finite.
  public let calibration: Calibration?
  /// At the fitted temperature.
  public let scaled: Calibration?
  /// Which pictures the temperature was fitted on, as people read it.
  public let temperaturePart: String?
  /// By how many pictures there are of a class.
  public let frequency: ClassFrequency?
  /// On corrupted and covered pictures.
  public let robustness: Robustness?

  /// - Parameters:
  ///   - scores: of the measured pictures.
  ///   - views: what of each picture the network saw.
  ///   - fitting: of the pictures on which the temperature is fitted, with what they are called; nil for the measured ones.
  ///   - frequency: by how many pictures there are of a class.
  ///   - robustness: on corrupted and covered pictures.
  public init(
    _ scores: ClassifierScores, views: TestViews = .single,
    fitting: (scores: ClassifierScores, part: String)? = nil, frequency: ClassFrequency? = nil,
    robustness: Robustness? = nil
  ) {
    evaluation = scores.evaluation
    self.views = views
    self.frequency = frequency
    self.robustness = robustness
    calibration = scores.calibration()
    let temperature = (fitting?.scores ?? scores).bestTemperature
    scaled = temperature.flatMap { scores.calibration(temperature: $0) }
    temperaturePart = scaled == nil ? nil : fitting?.part ?? "the measured pictures themselves"
  }
}

extension ClassifierMeasurement: Encodable {
  private enum CodingKeys: String, CodingKey {
    case balancedAccuracy, views, calibration, scaled, temperaturePart, frequency, robustness
  }

  /// The evaluation's own keys, and the others beside them.
  public func encode(to encoder: any Encoder) throws {
    try evaluation.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(evaluation.balancedAccuracy, forKey: .balancedAccuracy)
    if views != .single { try values.encode(views, forKey: .views) }
    try values.encodeIfPresent(calibration, forKey: .calibration)
    try values.encodeIfPresent(scaled, forKey: .scaled)
    try values.encodeIfPresent(temperaturePart, forKey: .temperaturePart)
    try values.encodeIfPresent(frequency, forKey: .frequency)
    try values.encodeIfPresent(robustness, forKey: .robustness)
  }
}
