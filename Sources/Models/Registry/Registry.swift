import Engine

/// Networks by name: a value, which a program can extend with its own.
///
///     var registry = Registry.standard
///     try registry.add(card)
///     let network = try Network("tiny", in: registry)
///
/// A new network of the standard registry is a file in `Networks/` with its card, and a line here.
public struct Registry: Sendable {
  /// In the order in which they were added.
  public private(set) var cards: [NetworkCard]

  /// Networks of one's own alone.
  /// - Throws: ``NetworkError/nameTaken(_:)``.
  public init(_ cards: [NetworkCard] = []) throws {
    self.cards = []
    for card in cards { try add(card) }
  }

  private init(standard cards: [NetworkCard]) { self.cards = cards }

  /// Adds a network.
  /// - Throws: ``NetworkError/nameTaken(_:)`` where another one has its name.
  public mutating func add(_ card: NetworkCard) throws {
    guard !cards.contains(where: { $0.name == card.name }) else { throw NetworkError.nameTaken(card.name) }
    cards.append(card)
  }

  /// The card of a network.
  /// - Throws: ``NetworkError/unknownName(_:nearest:known:)``.
  public func card(named name: String) throws -> NetworkCard {
    if let card = cards.first(where: { $0.name == name }) { return card }
    let names = cards.map(\.name)
    throw NetworkError.unknownName(name, nearest: Self.nearest(to: name, among: names), known: names)
  }

  // MARK: The networks that come with Colonnade

  /// AlexNet, VGG, GoogLeNet, ResNet, SqueezeNet and MobileNetV2 under torchvision's names, the papers' variants
  /// (`_paper`), and for pictures of 32×32 ResNets and the plain networks beside them.
  public static let standard = Registry(
    standard: [.alexNet, .alexNetPaper]
      + NetworkCard.vggs
      + NetworkCard.googLeNets
      + NetworkCard.resNets
      + NetworkCard.squeezeNets
      + [.mobileNetV2]
      + NetworkCard.cifarResNets
      + NetworkCard.plainCIFARNetworks)

  /// The standard registry's cards.
  public static var all: [NetworkCard] { standard.cards }

  /// The standard registry's names, in its order.
  public static var names: [String] { all.map(\.name) }

  /// The card of a network of the standard registry.
  /// - Throws: ``NetworkError/unknownName(_:nearest:known:)``.
  public static func card(named name: String) throws -> NetworkCard { try standard.card(named: name) }

  /// The known name with the least edits from `name`; nil where none is near.
  static func nearest(to name: String, among known: [String]) -> String? {
    let typed = normalized(name)
    let best = known.map { (name: $0, edits: EditDistance.between(typed, normalized($0))) }
      .min { $0.edits < $1.edits }
    guard let best, best.edits <= max(2, typed.count / 3) else { return nil }
    return best.name
  }

  /// Letters and digits alone, in lower case: `ResNet-50` is near `resnet50`.
  private static func normalized(_ name: String) -> [UInt8] {
    Array(name.lowercased().filter { $0.isLetter || $0.isNumber }.utf8)
  }
}
