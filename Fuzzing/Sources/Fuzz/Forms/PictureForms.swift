/// PNG: chunks, each its type and its data; the compressed pixels as they were before.
struct PNGForm: Form {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  private static let pixels = Array("IDAT".utf8)

  func parts(of input: [UInt8]) -> [[UInt8]]? {
    guard input.starts(with: Self.signature) else { return nil }
    var parts: [[UInt8]] = []
    var position = Self.signature.count
    while let length = input[position...].bigEndian(4), length <= input.count - position - 12 {
      let chunk = Array(input[(position + 4)..<(position + 8 + length)])
      let isPixels = chunk.starts(with: Self.pixels)
      parts.append(
        isPixels ? Compression.inflated(chunk[4...], .zlib).map { Self.pixels + $0 } ?? chunk : chunk)
      position += 12 + length
    }
    return parts
  }

  func joined(_ parts: [[UInt8]]) -> [UInt8] {
    parts.reduce(into: Self.signature) { result, part in
      let isPixels = part.starts(with: Self.pixels)
      let chunk = isPixels ? Self.pixels + Compression.deflated(part[4...], .zlib) : part
      result += [UInt8](bigEndian: max(0, chunk.count - 4), 4) + chunk
      result += [UInt8](bigEndian: Compression.crc32(chunk), 4)
    }
  }
}

/// JPEG: segments, each its marker and its content; what lies between them, such as the compressed picture, is a part that
/// begins with 0.
struct JPEGForm: Form {
  func parts(of input: [UInt8]) -> [[UInt8]]? {
    guard input.starts(with: [0xFF, 0xD8]) else { return nil }
    var parts: [[UInt8]] = []
    var position = 0
    while position < input.count {
      let next = position + 1 < input.count ? input[position + 1] : 0
      if input[position] == 0xFF, next != 0, next != 0xFF {
        if Self.isAlone(next) {
          parts.append([next])
          position += 2
          continue
        }
        if let length = input[(position + 2)...].bigEndian(2), length >= 2,
          length <= input.count - position - 2
        {
          parts.append([next] + input[(position + 4)..<(position + 2 + length)])
          position += 2 + length
          continue
        }
      }
      let start = position
      position += 1
      while position < input.count,
        input[position] != 0xFF || position + 1 == input.count || input[position + 1] == 0
          || 0xD0...0xD7 ~= input[position + 1]
      { position += 1 }
      parts.append([0] + input[start..<position])
    }
    return parts
  }

  func joined(_ parts: [[UInt8]]) -> [UInt8] {
    parts.reduce(into: []) { result, part in
      guard let marker = part.first else { return }
      if marker == 0 {
        result += part.dropFirst()
      } else if Self.isAlone(marker) {
        result += [0xFF, marker]
      } else {
        result += [0xFF, marker] + [UInt8](bigEndian: min(part.count + 1, 0xFFFF), 2) + part.dropFirst()
      }
    }
  }

  /// Markers without a length.
  private static func isAlone(_ marker: UInt8) -> Bool { 0xD0...0xD9 ~= marker || marker == 1 }
}
