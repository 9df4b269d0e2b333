/// Finds the EXIF orientation (1…8) in a file's bytes. Anything unreadable counts as no orientation: the tag is
/// an ornament, and no reason to refuse a picture.
enum ExifOrientation {
  private typealias Bytes = UnsafeBufferPointer<UInt8>

  /// The orientation in the first APP1 segment that holds EXIF data.
  static func ofJPEG(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xFF {
      let marker = bytes[position + 1]
      if marker == 0xFF {
        position += 1
        continue
      }
      guard marker != 0xDA, marker != 0xD9 else { return nil }
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      let end = position + 2 + length
      guard length >= 2, end <= bytes.count else { return nil }
      let content = Bytes(rebasing: bytes[position + 4..<end])
      if marker == 0xE1, content.starts(with: Array("Exif\0\0".utf8)) {
        return inTIFF(Bytes(rebasing: content[6...]))
      }
      position = end
    }
    return nil
  }

  /// The orientation in the `eXIf` chunk.
  static func ofPNG(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    var position = 8
    while position + 12 <= bytes.count {
      let length = (0..<4).reduce(0) { $0 << 8 | Int(bytes[position + $1]) }
      let start = position + 8
      guard length <= bytes.count - start - 4 else { return nil }
      if bytes[position + 4..<start].elementsEqual("eXIf".utf8) {
        return inTIFF(Bytes(rebasing: bytes[start..<start + length]))
      }
      position = start + length + 4
    }
    return nil
  }

  /// The orientation in the `EXIF` chunk.
  static func ofWebP(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    var position = 12
    while position + 8 <= bytes.count {
      let length = (0..<4).reduce(0) { $0 << 8 | Int(bytes[position + 7 - $1]) }
      let start = position + 8
      guard length <= bytes.count - start else { return nil }
      if bytes[position..<position + 4].elementsEqual("EXIF".utf8) {
        let content = Bytes(rebasing: bytes[start..<start + length])
        let hasPrefix = content.starts(with: Array("Exif\0\0".utf8))
        return inTIFF(hasPrefix ? Bytes(rebasing: content[6...]) : content)
      }
      position = start + length + length & 1
    }
    return nil
  }

  /// Tag 0x0112 of the first directory.
  private static func inTIFF(_ bytes: Bytes) -> Int? {
    guard bytes.count >= 8 else { return nil }
    let isLittleEndian = bytes[0] == UInt8(ascii: "I")
    func number(_ offset: Int, _ size: Int) -> Int? {
      guard offset >= 0, offset + size <= bytes.count else { return nil }
      return (0..<size).reduce(0) {
        $0 << 8 | Int(bytes[offset + (isLittleEndian ? size - 1 - $1 : $1)])
      }
    }
    guard number(2, 2) == 42, let directory = number(4, 4), let entries = number(directory, 2) else {
      return nil
    }
    for entry in 0..<entries {
      let offset = directory + 2 + entry * 12
      guard let tag = number(offset, 2), let type = number(offset + 2, 2) else { return nil }
      if tag == 0x0112 {
        return number(offset + 8, type == 4 ? 4 : 2)
      }
    }
    return nil
  }
}
