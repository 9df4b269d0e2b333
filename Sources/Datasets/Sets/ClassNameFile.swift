import Engine
import Foundation
import Images

// Names of classes in the order of a network's outputs, as files of this field have them: a line a class; a JSON list; a JSON
// object from class numbers to names (`{"0": ["n01440764", "tench"], …}`, as Keras has ImageNet's) or from names to class
// numbers (`{"cat": 0, …}`, as torchvision's `class_to_idx`).

extension ClassNames {
  /// The greatest size of a file of names.
  private static let largestFile = 16 << 20

  /// Reads a file with a name a line, a JSON list of names, or a JSON object from class numbers to names or from names to
  /// class numbers; of several names in a list of their own the last counts. WordNet identifiers before the names of lines
  /// are left out where all lines have them.
  ///
  /// No class is without a name: an empty line would shift all names after it, so that only the file's end may be empty.
  /// - Throws: ``DatasetError``, which names the file and the line.
  public static func read(_ url: URL) throws -> [String] {
    let data: Data
    do {
      data = try FileReading.data(BytePath(url.path), limit: largestFile)
    } catch {
      throw DatasetError.unreadable(path: url.path, reason: error.reason)
    }
    return try read(data, file: url.path)
  }

  /// The names in a file's bytes.
  /// - Parameters:
  ///   - data: the bytes.
  ///   - file: what errors call them.
  package static func read(_ data: Data, file: String) throws -> [String] {
    guard let text = String(validating: data.withoutByteOrderMark, as: UTF8.self) else {
      let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
      throw DatasetError.invalidClassNames(file: file, line: line.map { $0 + 1 }, reason: "not UTF-8 text")
    }
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    let names = isJSON(trimmed) ? try JSONNames.read(text, file) : try inLines(text, file)
    guard !names.isEmpty else {
      throw DatasetError.invalidClassNames(file: file, line: nil, reason: "holds no names of classes")
    }
    return names
  }

  /// A list or an object from end to end, or one that begins with a text and was cut: no list of lines does.
  private static func isJSON(_ text: String) -> Bool {
    guard let first = text.first, let last = text.last, first == "{" || first == "[" else { return false }
    if last == (first == "{" ? "}" : "]") { return true }
    return text.dropFirst().first { !$0.isWhitespace } == "\""
  }

  private static func inLines(_ text: String, _ file: String) throws -> [String] {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    if let empty = lines.firstIndex(of: "") {
      throw DatasetError.invalidClassNames(
        file: file, line: empty + 1, reason: "an empty line, where each is the name of a class")
    }
    let entries = lines.compactMap(synset)
    return entries.count == lines.count ? entries.map(\.names) : lines
  }
}

/// Names of classes in JSON.
private struct JSONNames {
  fileprivate enum Value {
    case name(String)
    case number(Double)
    case other
  }

  private struct Entry {
    /// Nil in a list.
    let key: String?
    let line: Int
    let value: Value
  }

  private let file: String
  private var entries: [Entry] = []

  static func read(_ text: String, _ file: String) throws -> [String] {
    var text = text
    let result = text.withUTF8 { bytes -> Result<JSONNames, JSONReader.Broken> in
      Result { () throws(JSONReader.Broken) -> JSONNames in
        var reader = JSONReader(bytes)
        return try JSONNames(&reader, file)
      }
    }
    switch result {
    case .success(let names): return try names.inOrder()
    case .failure(let broken):
      throw DatasetError.invalidClassNames(
        file: file, line: broken.line, reason: "not valid JSON: \(broken.reason)")
    }
  }

  private init(_ reader: inout JSONReader, _ file: String) throws(JSONReader.Broken) {
    self.file = file
    var entries: [Entry] = []
    if try reader.next() == "[" {
      try reader.array { reader throws(JSONReader.Broken) in
        _ = try reader.next()
        entries.append(Entry(key: nil, line: reader.line, value: try Self.value(&reader)))
      }
    } else {
      try reader.object { key, reader throws(JSONReader.Broken) in
        _ = try reader.next()
        entries.append(Entry(key: key, line: reader.line, value: try Self.value(&reader)))
      }
    }
    try reader.end()
    self.entries = entries
  }

  private static func value(_ reader: inout JSONReader) throws(JSONReader.Broken) -> Value {
    switch try reader.next() {
    case "\"": return .name(try reader.string())
    case "[":
      // Before the name an identifier may stand.
      var (name, isText) = (nil as String?, true)
      try reader.array { reader throws(JSONReader.Broken) in
        if try reader.next() == "\"" {
          name = try reader.string()
        } else {
          isText = false
          try reader.skip()
        }
      }
      return isText ? name.map(Value.name) ?? .other : .other
    case "-", "0"..."9": return try reader.number().map(Value.number) ?? .other
    default:
      try reader.skip()
      return .other
    }
  }

  /// Each class has one name, and there are no others.
  private func inOrder() throws -> [String] {
    let areNumbered = !entries.isEmpty && entries.allSatisfy { $0.key != nil && $0.value.isNumber }
    var names = [String?](repeating: nil, count: entries.count)
    for (index, entry) in entries.enumerated() {
      var (label, name) = (entry.key == nil ? index : nil, entry.key)
      switch entry.value {
      case .number(let number) where areNumbered: label = Int(exactly: number)
      case .name(let text):
        label = label ?? entry.key.flatMap { Int($0) }
        name = text
      default: throw wrong(entry, "the name of class \(shown(entry.key ?? "\(index)")) is no text")
      }
      guard let label, names.indices ~= label, let name else {
        throw wrong(
          entry,
          "'\(shown(entry.key ?? ""))', where the classes are those from 0 to \(names.count - 1)"
        )
      }
      guard names[label] == nil else { throw wrong(entry, "a second name of class \(label)") }
      guard name.contains(where: { !$0.isWhitespace }) else {
        throw wrong(entry, "the name of class \(label) is empty")
      }
      names[label] = name
    }
    return names.compactMap { $0 }
  }

  private func wrong(_ entry: Entry, _ reason: String) -> DatasetError {
    .invalidClassNames(file: file, line: entry.line, reason: reason)
  }
}

extension JSONNames.Value {
  fileprivate var isNumber: Bool { if case .number = self { true } else { false } }
}
