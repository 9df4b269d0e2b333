// Text from outside (names of files and classes, keys, what programs wrote into files) as people may be shown it.

/// Text without what would move a cursor, end a line, colour a terminal or turn the direction of writing: such characters
/// stand as `\u{1B}` or `\n`. Applied twice it is the same.
package func printable(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isDisruptive) else { return text }
  return text.unicodeScalars.map { isDisruptive($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
}

/// JSON that says the same, such characters in its strings escaped as JSON has it: `\u202e`.
package func printable(json: String) -> String {
  guard json.unicodeScalars.contains(where: { $0 != "\n" && isDisruptive($0) }) else { return json }
  return json.unicodeScalars.map { scalar in
    guard scalar != "\n" && isDisruptive(scalar) else { return String(scalar) }
    let digits = String(scalar.value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }.joined()
}

/// A name as a file system has it: bytes that are no UTF-8 stand as `\xE9`.
package func printable(bytes: some Collection<UInt8>) -> String {
  var result = ""
  var rest = Array(bytes)[...]
  while !rest.isEmpty {
    var iterator = rest.makeIterator()
    var decoder = UTF8()
    if case .scalarValue(let scalar) = decoder.decode(&iterator) {
      result += printable(String(scalar))
      rest = rest.dropFirst(UTF8.width(scalar))
    } else {
      let digits = String(rest.removeFirst(), radix: 16, uppercase: true)
      result += "\\x" + (digits.count < 2 ? "0" : "") + digits
    }
  }
  return result
}

private func isDisruptive(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .lineSeparator, .paragraphSeparator: true
  default: directions.contains { $0 ~= scalar }
  }
}

/// Marks, embeddings and isolates that turn the direction of what follows.
private let directions: [ClosedRange<Unicode.Scalar>] = [
  "\u{200E}"..."\u{200F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}",
]

/// Text from a file in a line, cut to a bearable length.
package func shown(_ text: String, limit: Int = 100) -> String {
  let head = String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
  return printable(head) + (text.unicodeScalars.count > limit ? "…" : "")
}
