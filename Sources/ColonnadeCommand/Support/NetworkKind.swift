import Colonnade

/// What a name on the command line stands for.
enum NetworkKind {
  case classifier(NetworkCard)
  case detector(DetectorCard)

  /// - Throws: `NetworkError.unknownName` where neither registry has it.
  init(_ name: String) throws {
    if let card = DetectorRegistry.standard.cards.first(where: { $0.name == name }) {
      self = .detector(card)
      return
    }
    do {
      self = .classifier(try Registry.card(named: name))
    } catch NetworkError.unknownName(_, nil, _) {
      // A detector's name may be near.
      self = .detector(try DetectorRegistry.standard.card(named: name))
    }
  }

  /// Nil of a classifier.
  var detector: DetectorCard? {
    if case .detector(let card) = self { card } else { nil }
  }
}
