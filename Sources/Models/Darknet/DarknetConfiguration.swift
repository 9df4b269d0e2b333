import Engine
import Foundation
import Images

/// A darknet configuration, `.cfg`, as its sections: what is written, not yet what it means (``DarknetArchitecture``).
///
///     let configuration = try DarknetConfiguration(text, file: "yolov3-tiny.cfg")
///
/// The format is that of `option_list.c` and `parser.c` of <https://github.com/pjreddie/darknet>: `[section]`,
/// `key=value`, comments after `#` or `;` at a line's beginning; blanks count nowhere; of a key that is given twice
/// the first counts.
public struct DarknetConfiguration: Sendable {
  /// A key with its value.
  public struct Entry: Hashable, Sendable {
    /// Without blanks.
    public let key: String
    /// Without blanks.
    public let value: String
    /// From 1.
    public let line: Int
  }

  /// A layer's options, or the whole network's.
  public struct Section: Hashable, Sendable {
    /// Without brackets, such as `convolutional`.
    public let name: String
    /// Of the head, from 1.
    public let line: Int
    /// In the order in which they are written.
    public internal(set) var entries: [Entry]
  }

  /// What errors call the text.
  public let file: String
  /// `[net]` first.
  public internal(set) var sections: [Section]
  /// Whether it comes with the package, where its name tells all of it.
  package internal(set) var isBuiltIn = false

  /// - Parameters:
  ///   - text: the file's content.
  ///   - file: what errors call it.
  /// - Throws: ``DarknetError/malformedLine(_:text:)``, ``DarknetError/noNetwork(_:reason:)``.
  public init(_ text: String, file: String) throws {
    var sections: [Section] = []
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let stripped = line.filter { !$0.isWhitespace && $0 != "\u{FEFF}" }
      guard let first = stripped.first, first != "#", first != ";" else { continue }
      func malformed() -> DarknetError {
        .malformedLine(
          .init(file: file, line: index + 1, section: sections.last?.name ?? ""), text: String(line))
      }
      if first == "[" {
        guard stripped.last == "]", stripped.count > 2 else { throw malformed() }
        let name = String(stripped.dropFirst().dropLast())
        sections.append(Section(name: name, line: index + 1, entries: []))
        continue
      }
      let parts = stripped.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !sections.isEmpty else { throw malformed() }
      sections[sections.count - 1].entries.append(
        Entry(key: String(parts[0]), value: String(parts[1]), line: index + 1))
    }
    guard let head = sections.first, ["net", "network"].contains(head.name) else {
      throw DarknetError.noNetwork(
        .init(file: file, line: sections.first?.line ?? 0, section: sections.first?.name ?? ""),
        reason: "a darknet configuration begins with [net]")
    }
    guard sections.count > 1 else {
      throw DarknetError.noNetwork(
        .init(file: file, line: head.line, section: head.name), reason: "no layer follows")
    }
    self.file = file
    self.sections = sections
  }

  /// The greatest size of a file that is read, in bytes.
  private static let largestFile = 16 << 20

  /// Reads a file or a pipe.
  /// - Parameter path: the file's.
  /// - Throws: ``DarknetError``, `WeightFileError.unreadable`.
  public init(path: String) throws {
    let data: Data
    do { data = try FileReading.data(BytePath(path), limit: Self.largestFile) } catch {
      throw WeightFileError.unreadable(file: path, reason: error.reason)
    }
    // Comments may be in any encoding; what counts is ASCII.
    try self.init(String(decoding: data, as: UTF8.self), file: path)
  }

  /// The sections as they would be written, without comments.
  public var text: String {
    sections.map { section in
      (["[\(section.name)]"] + section.entries.map { "\($0.key)=\($0.value)" }).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }
}
