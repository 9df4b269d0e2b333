import Colonnade
import Foundation

/// What commands print for programs, and the files they write.
enum Output {
  /// Prints a value as JSON, with its keys in alphabetical order.
  static func json(_ value: some Encodable, on terminal: Terminal = .standardOutput) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    terminal.print(printable(json: String(decoding: try encoder.encode(value), as: UTF8.self)))
  }

  /// Writes a file, all of it or nothing.
  static func write(_ data: Data, to path: String) throws { try OutputFile.write(data, to: path) }

  /// Refuses a file that could not be written, before any work is done for it.
  static func check(file path: String) throws { try OutputFile.check(path) }

  /// Refuses outputs that would take the place of what is read: a file, or any file in a folder but a report of before.
  /// - Parameters:
  ///   - files: that are to be written; nil is none.
  ///   - inputs: files and folders that are read; what is not there is lost to nobody.
  /// - Throws: ``Failure``.
  static func check(files: [String?], areNoneOf inputs: [BytePath]) throws {
    let read = Set(inputs.compactMap(FileIdentity.init))
    let folders = inputs.filter { Input.isFolder($0.description) }
    for case let path? in files where !OutputFile.isStandardOutput(path) {
      guard let output = FileIdentity(BytePath(path)) else { continue }
      guard !read.contains(output) else {
        throw Failure(.cannotCreate, "\(path): is read, and would be lost")
      }
      if !output.isReport, let folder = folders.first(where: output.isIn) {
        throw Failure(.cannotCreate, "\(path): is a file of \(folder), which is read; it would be lost")
      }
    }
  }

  /// The same of inputs that options name; nil is one that was not given.
  static func check(files: [String?], areNoneOf inputs: [String?]) throws {
    try check(files: files, areNoneOf: inputs.compactMap { $0.map { BytePath($0) } })
  }

  /// Refuses outputs of several options in one place.
  /// - Parameter outputs: the options with what they name; nil is one that was not given.
  /// - Throws: ``Failure``, of the usage.
  static func check(areApart outputs: [(option: String, path: String?)]) throws {
    var seen: [(option: String, path: String)] = []
    for case (let option, let path?) in outputs {
      if let other = seen.first(where: { FileIdentity.isOnePlace($0.path, path) }) {
        throw Failure(.usage, "\(other.option), \(option): both are \(path); each needs its own")
      }
      seen.append((option, path))
    }
  }

  /// Where a command says what it wrote: on the standard output, unless that is one of the files.
  static func terminal(beside files: String?...) -> Terminal {
    files.contains { $0.map(OutputFile.isStandardOutput) ?? false } ? .standardError : .standardOutput
  }
}
