/// A path as the system has it: bytes, which need be no UTF-8.
package struct BytePath: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }

  package init(_ path: String) { bytes = Array(path.utf8) }

  /// An entry of this folder.
  package func appending(_ name: some Sequence<UInt8>) -> BytePath {
    BytePath(bytes: (bytes.last == UInt8(ascii: "/") ? bytes : bytes + [UInt8(ascii: "/")]) + name)
  }

  package func withCString<R>(_ body: (UnsafePointer<CChar>) throws -> R) rethrows -> R {
    try (bytes + [0]).withUnsafeBytes { try body($0.assumingMemoryBound(to: CChar.self).baseAddress!) }
  }

  package var description: String { Self.text(bytes) }

  /// The bytes as text; what is no UTF-8 in it is written as `\xE9`.
  package static func text(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var (result, position, iterator) = ("", 0, bytes.makeIterator())
    var parser = UTF8.ForwardParser()
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded):
        result.unicodeScalars.append(UTF8.decode(encoded))
        position += encoded.count
      case .error(let length):
        for byte in bytes[position..<position + length] { result += escape(byte) }
        position += length
      case .emptyInput: return result
      }
    }
  }

  private static func escape(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count < 2 ? "\\x0\(digits)" : "\\x\(digits)"
  }
}
