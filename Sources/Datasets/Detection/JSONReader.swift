/// Reads JSON from its bytes, value after value as they are asked for: what is skipped is never built, so that memory does
/// not grow with the file.
struct JSONReader {
  /// Where a text is not JSON or not what is expected.
  struct Broken: Error {
    let line: Int
    let reason: String
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  /// Of the next byte, counted from 1.
  private(set) var line = 1

  /// - Parameter bytes: must outlive the reader.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = UnsafeBufferPointer(rebasing: bytes.withoutByteOrderMark)
  }

  /// Calls `body` at each value of an object, which it must read or skip.
  mutating func object(_ body: (_ key: String, _ reader: inout JSONReader) throws(Broken) -> Void)
    throws(Broken)
  {
    try expect("{", "an object")
    if take("}") { return }
    repeat {
      let key = try string()
      try expect(":", "a colon after '\(key.prefix(40))'")
      try body(key, &self)
    } while take(",")
    try expect("}", "a comma or the object's end")
  }

  /// Calls `body` at each element of an array, which it must read or skip.
  mutating func array(_ body: (_ reader: inout JSONReader) throws(Broken) -> Void) throws(Broken) {
    try expect("[", "an array")
    if take("]") { return }
    repeat { try body(&self) } while take(",")
    try expect("]", "a comma or the array's end")
  }

  /// The next value's first byte, without reading it.
  mutating func next() throws(Broken) -> Character {
    skipSpace()
    guard position < bytes.count else { throw broken("it ends early") }
    return Character(Unicode.Scalar(bytes[position]))
  }

  mutating func string() throws(Broken) -> String {
    try expect("\"", "a string")
    let start = position
    guard let end = stringEnd() else { throw broken("a string without an end") }
    let raw = bytes[start..<end]
    position = end + 1
    guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
    return try unescaped(Array(raw))
  }

  /// Also a number in quotation marks. Nil for `null`, for what Python writes of numbers that are not finite, and for any other
  /// value: what depends on it is broken then, not the file.
  mutating func number() throws(Broken) -> Double? {
    switch try next() {
    case "\"":
      let text = try string()
      return Double(text).flatMap { $0.isFinite ? $0 : nil }
    case "[", "{":
      try skip()
      return nil
    default: break
    }
    let word = word()
    if ["null", "NaN", "Infinity", "-Infinity", "true", "false"].contains(word) { return nil }
    guard let value = Double(word), value.isFinite else {
      throw broken("'\(word.prefix(40))' where a number is expected")
    }
    return value
  }

  /// 0, 1, false or true; whatever else is no.
  mutating func flag() throws(Broken) -> Bool {
    guard try next() == "t" else { return try number().map { $0 != 0 } ?? false }
    return word() == "true"
  }

  /// A string, or a number as it is written; a whole one without its point, as tables make 1.0 of 1.
  mutating func identifier() throws(Broken) -> String {
    if try next() == "\"" { return try string() }
    let word = word()
    guard !word.isEmpty else { throw broken("a number or a string is expected") }
    guard word.contains("."), let whole = Double(word).flatMap({ Int(exactly: $0) }) else { return word }
    return String(whole)
  }

  /// Goes over one value, whatever it is, in constant memory.
  mutating func skip() throws(Broken) {
    var depth = 0
    repeat {
      skipSpace()
      guard position < bytes.count else { throw broken("it ends early") }
      switch bytes[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        position += 1
        guard depth >= 0 else { throw broken("a value is expected") }
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard depth > 0 else { throw broken("a value is expected") }
        position += 1
      case UInt8(ascii: "\""):
        position += 1
        guard let end = stringEnd() else { throw broken("a string without an end") }
        position = end + 1
      default:
        let end = wordEnd()
        guard end > position else {
          throw broken("'\(Unicode.Scalar(bytes[position]))' where a value is expected")
        }
        position = end
      }
    } while depth > 0
  }

  /// Nothing but space may follow.
  mutating func end() throws(Broken) {
    skipSpace()
    guard position < bytes.count else { return }
    throw broken("'\(Unicode.Scalar(bytes[position]))' where the end is expected")
  }

  func broken(_ reason: String) -> Broken { Broken(line: line, reason: reason) }

  // MARK: Bytes

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x0A:
        line += 1
        position += 1
      case 0x20, 0x09, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar, _ what: String) throws(Broken) {
    guard take(character) else {
      let found = position < bytes.count ? "'\(Unicode.Scalar(bytes[position]))'" : "the end"
      throw broken("\(found) where \(what) is expected")
    }
  }

  private mutating func word() -> String {
    let end = wordEnd()
    defer { position = end }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  /// Where the letters, digits, signs and points end that go on here.
  private func wordEnd() -> Int {
    var index = position
    while index < bytes.count {
      switch bytes[index] {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
        index += 1
      default: return index
      }
    }
    return index
  }

  /// Where the quote is that ends the string that goes on here; nil where there is none in this line.
  private func stringEnd() -> Int? {
    var index = position
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""): return index
      case UInt8(ascii: "\\"): index += 2
      case 0x0A: return nil
      default: index += 1
      }
    }
    return nil
  }

  private func unescaped(_ raw: [UInt8]) throws(Broken) -> String {
    var units: [UInt16] = []
    var result: [UInt8] = []
    func flushed() -> [UInt8] { Array(String(decoding: units, as: UTF16.self).utf8) }
    var index = 0
    while index < raw.count {
      let byte = raw[index]
      if byte == UInt8(ascii: "\\"), index + 1 < raw.count, raw[index + 1] == UInt8(ascii: "u") {
        let digits = raw[min(index + 2, raw.count)..<min(index + 6, raw.count)]
        guard digits.count == 4, let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else {
          throw broken("a string with a broken \\u")
        }
        units.append(unit)
        index += 6
        continue
      }
      result += flushed()
      units = []
      if byte == UInt8(ascii: "\\"), index + 1 < raw.count {
        let plain: [UInt8: UInt8] = [0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9]
        result.append(plain[raw[index + 1]] ?? raw[index + 1])
        index += 2
      } else {
        result.append(byte)
        index += 1
      }
    }
    return String(decoding: result + flushed(), as: UTF8.self)
  }
}
