import Foundation
import Images

/// The names of classes of a data set in YOLO's format: `names` in a .yaml file, or a file with a name a line.
enum YOLONames {
  /// Nil where neither the folder nor those of the texts have any.
  /// - Throws: ``DatasetError`` where a .yaml file contradicts itself.
  static func find(_ root: URL, beside labels: [URL]) throws -> [String]? {
    for file in Listing.files(root, withExtension: "yaml") + Listing.files(root, withExtension: "yml") {
      if let names = try read(yaml: file) { return names }
    }
    let files =
      ["classes.txt", "obj.names", "labels/classes.txt"].map { root.appendingPathComponent($0) }
      + labels.map { $0.appendingPathComponent("classes.txt") }
    for file in files where FileReading.isFolder(file) == false { return try ClassNames.read(file) }
    if let file = Listing.files(root, withExtension: "names").first { return try ClassNames.read(file) }
    return nil
  }

  /// `names` as a list in brackets, a list of lines with dashes or lines of an index and a name. Of YAML nothing else is read.
  static func read(yaml file: URL) throws -> [String]? {
    guard let data = try? Data(contentsOf: file), let text = String(data: data, encoding: .utf8) else {
      throw DatasetError.unreadable(path: file.path, reason: "it is no text")
    }
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(withoutComment)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("names:") }) else { return nil }
    let rest = lines[start].dropFirst("names:".count).trimmingCharacters(in: .whitespaces)
    let names =
      rest.isEmpty
      ? try block(lines[(start + 1)...], file, firstLine: start + 2)
      : try list(rest, lines[(start + 1)...], file, line: start + 1)
    for (index, line) in lines.enumerated() where line.hasPrefix("nc:") {
      let stated = line.dropFirst(3).trimmingCharacters(in: .whitespaces)
      guard Int(stated) == names.count else {
        throw DatasetError.invalidAnnotations(
          file: file.path, line: index + 1, reason: "nc is \(stated) where there are \(names.count) names")
      }
    }
    return names
  }

  /// `[a, 'b', "c"]`, or `{0: a, 1: b}`, which may go on over lines.
  private static func list(
    _ first: String, _ following: ArraySlice<String>, _ file: URL, line: Int
  ) throws -> [String] {
    let close: Character = first.hasPrefix("{") ? "}" : "]"
    guard first.hasPrefix("[") || first.hasPrefix("{") else {
      throw DatasetError.invalidAnnotations(
        file: file.path, line: line, reason: "names is neither a list nor a table")
    }
    var text = first
    for next in following where !text.contains(close) { text += " " + next }
    guard let end = text.lastIndex(of: close) else {
      throw DatasetError.invalidAnnotations(
        file: file.path, line: line, reason: "the list of names has no end")
    }
    var items: [String] = []
    var item = ""
    var quote: Character?
    for character in text[text.index(after: text.startIndex)..<end] {
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
    let words = items.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    guard close == "}" else { return words.map(unquoted) }
    return try table(words.map { (line, $0) }, file)
  }

  private static func block(_ lines: ArraySlice<String>, _ file: URL, firstLine: Int) throws -> [String] {
    var entries: [(line: Int, text: String)] = []
    for (offset, line) in lines.enumerated() {
      let text = line.trimmingCharacters(in: .whitespaces)
      if text.isEmpty { continue }
      guard line.first?.isWhitespace == true || text.hasPrefix("-") else { break }
      entries.append((firstLine + offset, text))
    }
    if entries.allSatisfy({ $0.text.hasPrefix("-") }) {
      return entries.map { unquoted($0.text.dropFirst().trimmingCharacters(in: .whitespaces)) }
    }
    return try table(entries, file)
  }

  /// Indices in their order from 0 on, each with its name.
  private static func table(_ entries: [(line: Int, text: String)], _ file: URL) throws -> [String] {
    var names: [String] = []
    for (line, text) in entries {
      let parts = text.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2, Int(parts[0]) == names.count else {
        throw DatasetError.invalidAnnotations(
          file: file.path, line: line, reason: "'\(text)' where '\(names.count): name' is expected")
      }
      names.append(unquoted(parts[1]))
    }
    return names
  }

  private static func unquoted(_ text: String) -> String {
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
