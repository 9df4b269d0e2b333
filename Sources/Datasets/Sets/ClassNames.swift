import Foundation
import Images

/// The names of classes.
public enum ClassNames {
  /// ImageNet's thousand, in the order of the networks' outputs: "tench, Tinca tinca", …
  public static var imageNet: [String] { synsets.map(\.names) }

  /// ImageNet's WordNet identifiers in the same order: "n01440764", …
  public static var imageNetSynsets: [String] { synsets.map(\.identifier) }

  /// A name for people: ImageNet's where `folder` is one of its WordNet identifiers, `folder` itself otherwise.
  public static func readable(_ folder: String) -> String { namesByIdentifier[folder] ?? folder }

  /// A file with a name a line; WordNet identifiers before the names are left out where all lines have them.
  /// - Throws: ``DatasetError`` where the file cannot be read or holds nothing.
  public static func read(_ url: URL) throws(DatasetError) -> [String] {
    let text: String
    do {
      text = try String(contentsOf: url, encoding: .utf8)
    } catch {
      throw .unreadable(path: url.path, reason: FileReading.reason(error, url))
    }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    guard !lines.isEmpty else { throw .emptyFolder(path: url.path, expected: "class names") }
    let entries = lines.compactMap(synset)
    return entries.count == lines.count ? entries.map(\.names) : lines
  }

  private typealias Synset = (identifier: String, names: String)

  private static let synsets: [Synset] =
    ImageNetSynsets.text.split(whereSeparator: \.isNewline).compactMap { synset(String($0)) }

  private static let namesByIdentifier = Dictionary(
    synsets.map { ($0.identifier, $0.names) }, uniquingKeysWith: { first, _ in first })

  /// "n01440764 tench, Tinca tinca" in its two parts.
  private static func synset(_ line: String) -> Synset? {
    let parts = line.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].count == 9, parts[0].first == "n",
      parts[0].dropFirst().allSatisfy(\.isNumber)
    else { return nil }
    return (String(parts[0]), String(parts[1]))
  }
}
