/// Reads JSON (RFC 8259) from front to back as it lies, without recursion: text keeps its bytes, where Foundation's decoder
/// takes keys for one that differ in normalization.
struct JSONReader {
  struct Fault: Error {
    let reason: String
  }

  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  /// How deep values may nest that are passed by.
  private static let deepest = 128

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  func fault(_ reason: String) -> Fault { Fault(reason: "byte \(position): \(reason)") }

  /// The next byte that is no white space.
  private mutating func next() -> UInt8? {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      position += 1
    }
    return nil
  }

  /// Whether nothing but white space is left.
  mutating func isAtEnd() -> Bool { next() == nil }

  /// Passes a character where it is the next.
  private mutating func passes(_ character: Unicode.Scalar) -> Bool {
    guard next() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func pass(_ character: Unicode.Scalar) throws {
    guard passes(character) else { throw fault("'\(character)' is expected") }
  }

  /// Passes `null` where it is the next.
  mutating func passesNull() -> Bool {
    guard next() != nil, bytes[position...].starts(with: "null".utf8) else { return false }
    position += 4
    return true
  }

  /// An object: `body` reads the value of each key.
  /// - Throws: ``Fault`` where it is no object or has a key twice, and what `body` throws.
  mutating func members(_ body: (inout JSONReader, String) throws -> Void) throws {
    try pass("{")
    if passes("}") { return }
    var keys: Set<ExactKey> = []
    repeat {
      let key = try string()
      guard keys.insert(ExactKey(key)).inserted else { throw fault("the key '\(shown(key))' is there twice") }
      try pass(":")
      try body(&self, key)
    } while passes(",")
    try pass("}")
  }

  /// An array of integers.
  mutating func integers() throws -> [Int] {
    try pass("[")
    if passes("]") { return [] }
    var integers: [Int] = []
    repeat { integers.append(try integer()) } while passes(",")
    try pass("]")
    return integers
  }

  private mutating func integer() throws -> Int {
    guard next() != nil else { throw fault("a number is missing") }
    let digits = bytes[position...].prefix { "+-.0123456789Ee".utf8.contains($0) }
    guard let value = Int(String(decoding: digits.prefix(40), as: UTF8.self)), digits.count <= 40 else {
      throw fault("an integer of 64 bits is expected")
    }
    position += digits.count
    return value
  }

  /// Any value, passed by: only its brackets must match.
  mutating func skip() throws {
    var closers: [UInt8] = []
    repeat {
      guard let byte = next() else { throw fault("it ends within a value") }
      switch byte {
      case UInt8(ascii: "\""): _ = try string()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard closers.count < Self.deepest else { throw fault("values nest deeper than \(Self.deepest)") }
        closers.append(byte + 2)  // In ASCII a closing bracket is the second after the opening one.
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard closers.popLast() == byte else { throw fault("a bracket that was not opened") }
        position += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard !closers.isEmpty else { throw fault("a value is missing") }
        position += 1
      default:
        let word = bytes[position...].prefix {
          "+-.".utf8.contains($0) || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
            || (0x61...0x7A).contains($0)
        }
        guard !word.isEmpty else { throw fault("no value") }
        position += word.count
      }
    } while !closers.isEmpty
  }

  // MARK: Text

  mutating func string() throws -> String {
    try pass("\"")
    let rest = bytes[position...]
    guard
      let end = rest.firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 < 0x20 })
    else { throw fault("text without an end") }
    var text = Array(rest[..<end])
    position = end
    while !passesQuote() {
      guard position < bytes.count, bytes[position] >= 0x20 else {
        throw fault("text without an end, or with a control character")
      }
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\\") { try escape(into: &text) } else { text.append(byte) }
    }
    guard let string = String(validating: text, as: UTF8.self) else { throw fault("text that is not UTF-8") }
    return string
  }

  private mutating func passesQuote() -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return false }
    position += 1
    return true
  }

  /// What follows a backslash.
  private mutating func escape(into text: inout [UInt8]) throws {
    guard position < bytes.count else { throw fault("text without an end") }
    let code = bytes[position]
    position += 1
    switch Unicode.Scalar(code) {
    case "\"", "\\", "/": text.append(code)
    case "b": text.append(0x08)
    case "f": text.append(0x0C)
    case "n": text.append(0x0A)
    case "r": text.append(0x0D)
    case "t": text.append(0x09)
    case "u":
      var value = try hexadecimal()
      if 0xD800...0xDBFF ~= value, bytes[position...].starts(with: "\\u".utf8) {
        position += 2
        let low = try hexadecimal()
        guard 0xDC00...0xDFFF ~= low else { throw fault("half of a surrogate pair") }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw fault("half of a surrogate pair") }
      text.append(contentsOf: String(scalar).utf8)
    default: throw fault("an escape that JSON does not have")
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("four hexadecimal digits are expected") }
    position += 4
    return value
  }
}
