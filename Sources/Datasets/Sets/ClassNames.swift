import Foundation

/// The names of classes.
public enum ClassNames {
  /// ImageNet's thousand, in the order of the networks' outputs: "tench, Tinca tinca", …
  public static var imageNet: [String] { synsets.map(\.names) }

  /// ImageNet's WordNet identifiers in the same order: "n01440764", …
  public static var imageNetSynsets: [String] { synsets.map(\.identifier) }

  /// A name for people: ImageNet's where `folder` is one of its WordNet identifiers, `folder` itself otherwise.
  public static func readable(_ folder: String) -> String { namesByIdentifier[folder] ?? folder }

  typealias Synset = (identifier: String, names: String)

  private static let synsets: [Synset] =
    ImageNetSynsets.text.split(whereSeparator: \.isNewline).compactMap { synset(String($0)) }

  private static let namesByIdentifier = Dictionary(
    synsets.map { ($0.identifier, $0.names) }, uniquingKeysWith: { first, _ in first })

  /// "n01440764 tench, Tinca tinca" in its two parts; nil where a line is not like that.
  static func synset(_ line: String) -> Synset? {
    let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
    guard parts.count == 2, parts[0].utf8.count == 9, parts[0].first == "n",
      parts[0].utf8.dropFirst().allSatisfy({ 0x30...0x39 ~= $0 })
    else { return nil }
    return (String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces))
  }
}
