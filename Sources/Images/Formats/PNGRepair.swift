/// Closes a PNG file that ends early, so that the codec gets to see all of its data.
enum PNGRepair {
  private static let end: [UInt8] = [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]

  /// The whole chunks, what there is of a last chunk of pixels, with a wrong checksum, and the chunk that ends a file.
  /// Nil where there are no pixels.
  static func closed(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var (position, hasPixels) = (8, false)
    while position + 12 <= bytes.count {
      let length = (0..<4).reduce(0) { $0 << 8 | Int(bytes[position + $1]) }
      let (isPixels, start) = (bytes[position + 4..<position + 8].elementsEqual("IDAT".utf8), position + 8)
      if start + length + 4 <= bytes.count {
        hasPixels = hasPixels || isPixels
        position = start + length + 4
        continue
      }
      guard isPixels else { break }
      let rest = min(length, bytes.count - start)
      var result = Array(bytes[..<position])
      for shift in [24, 16, 8, 0] { result.append(UInt8(truncatingIfNeeded: rest >> shift)) }
      result += bytes[position + 4..<start + rest]
      result += [0, 0, 0, 0]
      return result + end
    }
    return hasPixels ? Array(bytes[..<position]) + end : nil
  }
}
