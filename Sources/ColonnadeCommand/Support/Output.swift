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

  /// Refuses outputs that would take the place of pictures that are read.
  static func check(files: some Sequence<String>, areNoneOf pictures: [PictureFile]) throws {
    let inputs = Set(pictures.compactMap { identity($0.path) })
    for path in files {
      guard let output = identity(BytePath(path)), inputs.contains(output) else { continue }
      throw Failure(.cannotCreate, "\(path): is one of the pictures, which would be lost")
    }
  }

  /// What tells a file from all others, by whatever name; nil where there is none.
  private static func identity(_ path: BytePath) -> [UInt64]? {
    var status = stat()
    guard path.withCString({ stat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return [UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino)]
  }

  /// Where a command says what it wrote: on the standard output, unless that is one of the files.
  static func terminal(beside files: String?...) -> Terminal {
    files.contains { $0.map(OutputFile.isStandardOutput) ?? false } ? .standardError : .standardOutput
  }
}
