import Foundation
import Images

/// A .yaml file of a data set in YOLO's format. Of YAML nothing is read but some keys at the beginnings of lines, whose values
/// are a word, a list in brackets, a table in braces, or lists and tables of the lines below.
struct YOLOFile {
  /// Something that a key says, with its line counted from 1.
  typealias Item = (line: Int, text: String)

  /// What a key says, all of it.
  enum Value {
    case word(Item)
    case list([Item])
    /// Its items are `key: value`.
    case table([Item])
  }

  let url: URL
  /// Without comments.
  private let lines: [String]
  /// The lines of keys, counted from 0.
  private var places: [String: Int] = [:]

  private static let keys: Set<String> = ["names", "nc", "path", "train", "val", "validation", "test"]
  private static let largestFile = 16 << 20

  /// - Throws: ``DatasetError`` where it is no text, or has a key twice.
  init(_ url: URL) throws {
    self.url = url
    let data: Data
    do { data = try FileReading.data(BytePath(url.path), limit: Self.largestFile) } catch {
      throw DatasetError.unreadable(path: url.path, reason: error.reason)
    }
    guard let text = String(data: data.withoutByteOrderMark, encoding: .utf8) else {
      throw DatasetError.unreadable(path: url.path, reason: "it is no text")
    }
    lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(Self.withoutComment)
    for (index, line) in lines.enumerated() {
      guard let key = Self.key(line) else { continue }
      if let first = places.updateValue(index, forKey: key) {
        throw invalid(index + 1, "'\(key)' is there a second time, after line \(first + 1)")
      }
    }
  }

  /// The first file of a folder that has names of classes, and the one that names splits: the same where it does both.
  static func find(_ root: URL) throws -> (names: YOLOFile?, splits: YOLOFile?) {
    var (names, splits): (YOLOFile?, YOLOFile?)
    for url in Listing.files(root, withExtension: "yaml") + Listing.files(root, withExtension: "yml")
    where names == nil || splits == nil {
      let file = try YOLOFile(url)
      let hasSplits = ["train", "val", "validation", "test"].contains { file.places[$0] != nil }
      if names == nil, file.places["names"] != nil {
        names = file
        if hasSplits { splits = file }
      } else if hasSplits, splits == nil {
        splits = file
      }
    }
    return (names, splits)
  }

  /// An error of this file.
  func invalid(_ line: Int, _ reason: String) -> DatasetError {
    DatasetError.invalidAnnotations(file: url.path, line: line, reason: reason)
  }

  /// The line of a key, counted from 1.
  func line(of key: String) -> Int? { places[key].map { $0 + 1 } }

  /// Nil where there is no such key.
  func value(of key: String) throws -> Value? {
    guard let place = places[key], let colon = lines[place].firstIndex(of: ":") else { return nil }
    let rest = lines[place][colon...].dropFirst().trimmingCharacters(in: .whitespaces)
    if rest.isEmpty { return block(below: place) }
    if rest.hasPrefix("[") { return .list(try items(key, rest, place, until: "]").map(Self.unquoted)) }
    if rest.hasPrefix("{") { return .table(try items(key, rest, place, until: "}")) }
    return .word(Self.unquoted((place + 1, rest)))
  }

  /// `[a, 'b', "c"]`, or `{0: a, 1: b}`, which may go on over lines.
  private func items(
    _ key: String, _ first: String, _ place: Int, until close: Character
  ) throws -> [Item] {
    var text = first
    var last = place
    while !(last == place ? first : lines[last]).contains(close), last + 1 < lines.count {
      last += 1
      text += " " + lines[last]
    }
    guard let end = text.lastIndex(of: close) else {
      throw invalid(place + 1, "the list of \(key) has no end")
    }
    var items: [String] = []
    var item = ""
    var quote: Character?
    for character in text[..<end].dropFirst() {
      if let open = quote {
        if character == open { quote = nil }
        item.append(character)
      } else if character == "," {
        items.append(item)
        item = ""
      } else {
        if character == "'" || character == "\"" { quote = character }
        item.append(character)
      }
    }
    items.append(item)
    return items.map { (place + 1, $0.trimmingCharacters(in: .whitespaces)) }.filter { !$0.text.isEmpty }
  }

  /// Lines with dashes, or those of a table.
  private func block(below place: Int) -> Value {
    var items: [Item] = []
    for index in lines.indices.dropFirst(place + 1) {
      let text = lines[index].trimmingCharacters(in: .whitespaces)
      if text.isEmpty { continue }
      guard lines[index].first?.isWhitespace == true || text.hasPrefix("-") else { break }
      items.append((index + 1, text))
    }
    guard items.allSatisfy({ $0.text.hasPrefix("-") }) else { return .table(items) }
    return .list(
      items.map { Self.unquoted(($0.line, $0.text.dropFirst().trimmingCharacters(in: .whitespaces))) })
  }

  /// The key that a line begins with, where it is one that is read.
  private static func key(_ line: String) -> String? {
    guard line.first?.isWhitespace == false, let colon = line.firstIndex(of: ":") else { return nil }
    let key = unquoted(line[..<colon].trimmingCharacters(in: .whitespaces))
    return keys.contains(key) ? key : nil
  }

  private static func unquoted(_ item: Item) -> Item { (item.line, unquoted(item.text)) }

  static func unquoted(_ text: String) -> String {
    guard text.count >= 2, let first = text.first, first == "'" || first == "\"", text.last == first else {
      return text
    }
    return String(text.dropFirst().dropLast())
  }

  /// A `#` begins a comment at a line's start or after a space.
  private static func withoutComment(_ line: Substring) -> String {
    var last: Character = " "
    for index in line.indices {
      if line[index] == "#", last.isWhitespace { return String(line[..<index]) }
      last = line[index]
    }
    return String(line)
  }
}
