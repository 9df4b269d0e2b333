/// Detectors by name: a value, which a program can extend with its own.
///
///     let detector = try DetectorRegistry.standard.card(named: "yolov3-tiny").detector()
///     try detector.load(weights: "yolov3-tiny.weights")
///
/// A new detector of the standard registry is a card beside its code, and a line here.
public struct DetectorRegistry: Sendable {
  /// In the order in which they were added.
  public private(set) var cards: [DetectorCard]

  /// Detectors of one's own alone.
  /// - Throws: ``NetworkError/nameTaken(_:)``.
  public init(_ cards: [DetectorCard] = []) throws {
    self.cards = []
    for card in cards { try add(card) }
  }

  private init(standard cards: [DetectorCard]) { self.cards = cards }

  /// The detectors that come with Colonnade.
  public static let standard = DetectorRegistry(
    standard: DetectorCard.yolos + [.yoloMobileNetV2] + DetectorCard.fasterRCNNs + DetectorCard.fastRCNNs
      + DetectorCard.rcnns)

  /// Adds a detector.
  /// - Throws: ``NetworkError/nameTaken(_:)`` where another one has its name.
  public mutating func add(_ card: DetectorCard) throws {
    guard !cards.contains(where: { $0.name == card.name }) else { throw NetworkError.nameTaken(card.name) }
    cards.append(card)
  }

  /// The card of a detector.
  /// - Throws: ``NetworkError/unknownName(_:nearest:known:)``.
  public func card(named name: String) throws -> DetectorCard {
    if let card = cards.first(where: { $0.name == name }) { return card }
    let names = cards.map(\.name)
    throw NetworkError.unknownName(name, nearest: Registry.nearest(to: name, among: names), known: names)
  }
}
