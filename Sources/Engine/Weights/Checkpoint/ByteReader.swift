/// Reads bytes from front to back and never past the end.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  /// The file, for errors.
  let path: String
  /// What is being read, for errors.
  private let part: String
  private(set) var position: Int

  init(_ bytes: UnsafeRawBufferPointer, part: String, path: String, from position: Int = 0) {
    self.bytes = bytes
    self.part = part
    self.path = path
    self.position = position
  }

  /// The next `count` bytes.
  /// - Throws: ``WeightFileError/malformed(file:key:reason:)`` where there are not so many, as all methods do.
  mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count >= 0, count <= bytes.count - position else {
      throw malformed("it ends at byte \(bytes.count), where \(count) more than that are announced")
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// The next integer, little-endian.
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type = T.self) throws -> T {
    T(littleEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: T.self))
  }

  /// The text up to the next newline, which is passed.
  mutating func line() throws -> String {
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw malformed("a line without an end")
    }
    let line = try text(end - position)
    position = end + 1
    return line
  }

  /// `count` bytes of UTF-8.
  mutating func text(_ count: Int) throws -> String {
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw malformed("text that is not UTF-8")
    }
    return text
  }

  func malformed(_ reason: String) -> WeightFileError {
    .malformed(file: path, key: nil, reason: "\(part), byte \(position): \(reason)")
  }
}
