/// All networks by name. A new one is a file in `Networks/`, a line here, and a row of expected counts in the tests.
public enum Registry {
  public static let all: [NetworkCard] =
    [.alexNet, .alexNetPaper]
    + NetworkCard.vggs
    + NetworkCard.googLeNets
    + NetworkCard.resNets
    + NetworkCard.squeezeNets
    + [.mobileNetV2]
    + NetworkCard.cifarResNets

  /// The names in the registry's order.
  public static var names: [String] { all.map(\.name) }

  /// The card of a network.
  /// - Throws: ``NetworkError/unknownName(_:nearest:known:)``.
  public static func card(named name: String) throws(NetworkError) -> NetworkCard {
    if let card = all.first(where: { $0.name == name }) { return card }
    throw .unknownName(name, nearest: nearest(to: name), known: names)
  }

  /// The known name with the least edits from `name`; nil where none is near.
  static func nearest(to name: String) -> String? {
    let typed = normalized(name)
    let best = names.map { (name: $0, edits: editDistance(typed, normalized($0))) }
      .min { $0.edits < $1.edits }
    guard let best, best.edits <= max(2, typed.count / 3) else { return nil }
    return best.name
  }

  /// Letters and digits alone, in lower case: `ResNet-50` is near `resnet50`.
  private static func normalized(_ name: String) -> [Character] {
    name.lowercased().filter { $0.isLetter || $0.isNumber }.map { $0 }
  }

  /// Levenshtein's distance.
  private static func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let replaced = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[b.count]
  }
}
