import Foundation

/// The text of an XML file, as UTF-8 without a declaration of another encoding: libxml2 hands bytes on that are no text in the
/// encoding that it takes them for, and Foundation traps on them.
enum XMLText {
  /// - Parameter data: the file.
  /// - Returns: UTF-8, with as many lines as the file; nil where the bytes are no text in UTF-8, UTF-16 with a byte order mark, or
  ///   the Latin-1 or Windows-1252 that the file declares.
  static func utf8(_ data: Data) -> Data? {
    guard let text = decoded(data) else { return nil }
    guard text.hasPrefix("<?xml"), let end = text.range(of: "?>") else { return Data(text.utf8) }
    let lines = String(text[..<end.upperBound].filter(\.isNewline))
    return Data((lines + text[end.upperBound...]).utf8)
  }

  /// Whether there is a processing instruction of a name alone, such as `<?x?>`: libxml2 says of its content that there is none, and
  /// Foundation reads it all the same.
  static func hasEmptyInstruction(_ data: Data) -> Bool {
    var rest = data[...]
    while let start = rest.range(of: Data("<?".utf8)) {
      rest = rest[start.upperBound...]
      guard let end = rest.range(of: Data("?>".utf8)) else { return false }
      if !rest[..<end.lowerBound].contains(where: { [0x20, 0x09, 0x0A, 0x0D].contains($0) }) { return true }
    }
    return false
  }

  private static func decoded(_ data: Data) -> String? {
    if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]) {
      return String(data: data, encoding: .utf16)
    }
    let head = String(decoding: data.prefix(100), as: UTF8.self).lowercased()
    if head.hasPrefix("<?xml"), let declaration = head.range(of: "?>").map({ head[..<$0.lowerBound] }) {
      if declaration.contains("iso-8859-1") { return String(data: data, encoding: .isoLatin1) }
      if declaration.contains("windows-1252") { return String(data: data, encoding: .windowsCP1252) }
    }
    return String(data: data.withoutByteOrderMark, encoding: .utf8)
  }
}
