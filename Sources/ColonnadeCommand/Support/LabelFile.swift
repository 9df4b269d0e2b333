import Colonnade
import Foundation

/// Labels of classes, in the order of a network's outputs, as files of this field have them: a line a class; a JSON list;
/// a JSON object from class numbers to names (`{"0": ["n01440764", "tench"], …}`, as Keras has ImageNet's) or from names to
/// class numbers (`{"cat": 0, …}`, as torchvision's `class_to_idx`).
enum LabelFile {
  /// - Throws: ``Failure`` that names the file, and the line or the class.
  static func read(_ path: String) throws -> [String] {
    guard var text = String(data: try Input.data(PictureFile(BytePath(path))), encoding: .utf8) else {
      throw Failure(.data, "\(path): not UTF-8 text")
    }
    // The mark that some editors begin a file with.
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !trimmed.isEmpty else { throw Failure(.data, "\(path): holds no labels") }
    let isJSON = ["{}", "[]"].contains("\(trimmed.first!)\(trimmed.last!)")
    return isJSON ? try names(inJSON: Data(trimmed.utf8), path) : try names(inLines: text, path)
  }

  /// A line a class. One that is empty would shift all classes after it; only the file's end may be.
  private static func names(inLines text: String, _ path: String) throws -> [String] {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    if let empty = lines.firstIndex(of: "") {
      throw Failure(.data, "\(path): line \(empty + 1) is empty; each line is the label of a class")
    }
    // "n01440764 tench, Tinca tinca": ImageNet's identifiers are left out where all lines have them.
    let names = lines.compactMap { $0.wholeMatch(of: #/n\d{8}\s+(.+)/#).map { String($0.1) } }
    return names.count == lines.count ? names : lines
  }

  private static func names(inJSON data: Data, _ path: String) throws -> [String] {
    let value: Any
    do {
      value = try JSONSerialization.jsonObject(with: data)
    } catch {
      throw Failure(.data, "\(path): looks like JSON, but is not")
    }
    if let list = value as? [Any] {
      return try list.enumerated().map { try name($1, ofClass: "\($0)", path) }
    }
    let entries = (value as? [String: Any]) ?? [:]
    if entries.values.allSatisfy({ $0 is NSNumber }) {
      let names = Dictionary(
        entries.map { ($1 as? Int ?? -1, $0) }, uniquingKeysWith: { first, _ in first })
      return try (0..<entries.count).map { index in
        guard let name = names[index] else { throw missing(index, entries.count, path) }
        return name
      }
    }
    return try (0..<entries.count).map { index in
      guard let entry = entries["\(index)"] else { throw missing(index, entries.count, path) }
      return try name(entry, ofClass: "\(index)", path)
    }
  }

  /// A name, or the last of several, before which an identifier stands.
  private static func name(_ value: Any, ofClass number: String, _ path: String) throws -> String {
    if let name = value as? String { return name }
    if let names = value as? [String], let name = names.last { return name }
    throw Failure(.data, "\(path): the label of class \(number) is no text")
  }

  private static func missing(_ index: Int, _ count: Int, _ path: String) -> Failure {
    Failure(.data, "\(path): \(counted(count, "label")), but none of class \(index)")
  }
}
