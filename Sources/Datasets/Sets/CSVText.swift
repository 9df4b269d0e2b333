import Foundation

/// Rows of fields with commas between them, by RFC 4180: a field in quotation marks may hold commas, line ends and, doubled,
/// quotation marks. A line ends with LF or CR LF; empty lines are left out.
struct CSVText {
  /// A row and the line that it begins in, counted from 1.
  struct Row {
    let line: Int
    let fields: [String]
  }

  let rows: [Row]

  /// - Throws: ``DatasetError/invalidTable(file:line:reason:)``.
  init(_ data: Data, file: String) throws {
    var reader = Reader(bytes: Array(data.withoutByteOrderMark), file: file)
    var rows: [Row] = []
    while let row = try reader.row() {
      if row.fields != [""] { rows.append(row) }
    }
    self.rows = rows
  }

  private struct Reader {
    let bytes: [UInt8]
    let file: String
    var place = 0
    private var line = 1

    private static let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
    private static let (feed, carriage) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))

    init(bytes: [UInt8], file: String) {
      self.bytes = bytes
      self.file = file
    }

    mutating func row() throws -> Row? {
      guard place < bytes.count else { return nil }
      let start = line
      var fields: [String] = []
      while true {
        fields.append(try field())
        guard place < bytes.count else { return Row(line: start, fields: fields) }
        defer { place += 1 }
        guard bytes[place] == Self.comma else {
          line += 1
          return Row(line: start, fields: fields)
        }
      }
    }

    /// Up to a comma, an LF or the end.
    private mutating func field() throws -> String {
      if place < bytes.count, bytes[place] == Self.quote { return try quoted() }
      let start = place
      while place < bytes.count, bytes[place] != Self.comma, bytes[place] != Self.feed { place += 1 }
      var end = place
      if end > start, bytes[end - 1] == Self.carriage, place == bytes.count || bytes[place] == Self.feed {
        end -= 1
      }
      return try text(bytes[start..<end]).trimmingCharacters(in: .whitespaces)
    }

    private mutating func quoted() throws -> String {
      let start = line
      var content: [UInt8] = []
      place += 1
      while true {
        guard place < bytes.count else {
          throw DatasetError.invalidTable(file: file, line: start, reason: "a quotation mark is not closed")
        }
        if bytes[place] == Self.quote {
          guard place + 1 < bytes.count, bytes[place + 1] == Self.quote else { break }
          place += 1
        } else if bytes[place] == Self.feed {
          line += 1
        }
        content.append(bytes[place])
        place += 1
      }
      place += 1
      if place < bytes.count, bytes[place] == Self.carriage { place += 1 }
      guard place == bytes.count || bytes[place] == Self.comma || bytes[place] == Self.feed else {
        throw DatasetError.invalidTable(
          file: file, line: line, reason: "something stands behind a closing quotation mark")
      }
      return try text(content[...])
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws -> String {
      guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
        throw DatasetError.invalidTable(file: file, line: line, reason: "it is no UTF-8 text")
      }
      return text
    }
  }
}
