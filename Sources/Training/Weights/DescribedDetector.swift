import Models

extension DetectorRegistry {
  /// The card of the detector that a weight file describes: that of the darknet configuration which the file carries, else the
  /// one with its name.
  /// - Throws: `NetworkError/unknownName(_:nearest:known:)`, `DarknetError`.
  public func card(of weights: WeightCard) throws -> DetectorCard {
    guard let text = weights.detector?.configuration else { return try card(named: weights.network) }
    let configuration = try DarknetConfiguration(text, file: weights.network)
    return try .darknet(configuration, classes: weights.classNames)
  }

  /// Whether ``card(of:)`` has an answer.
  package func knows(_ weights: WeightCard) -> Bool {
    weights.detector?.configuration != nil || cards.contains { $0.name == weights.network }
  }
}
