/// Bitmaps of Windows and OS/2: 1, 4, 8, 16, 24 and 32 bits a pixel, run lengths included. Written here, for no
/// library of its own is kept for this format. The pixels are those of Pillow's `convert("RGB")`.
struct BMPDecoder {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let name: String
  private var header = Header()
  /// 256 RGB entries; an index past the palette is black.
  private var palette = [UInt8](repeating: 0, count: 768)

  private struct Header {
    var (width, height, bits, compression) = (0, 0, 0, 0)
    var pixels = 0
    var isTopDown = false
    /// Of red, green and blue, in pixels of 16 and 32 bits.
    var masks = [0, 0, 0]
  }

  private enum Compression {
    static let (none, runs8, runs4, masks, masksWithAlpha) = (0, 1, 2, 3, 6)
  }

  /// Sizes of the second header: OS/2 (12, 16, 64), Windows (40, 52, 56, 108, 124).
  private static let headerSizes = [12, 16, 40, 52, 56, 64, 108, 124]

  /// Whether a file that begins so is a bitmap.
  static func isHeader(_ head: [UInt8]) -> Bool {
    head.count >= 18 && head.starts(with: "BM".utf8) && head[15...17] == [0, 0, 0]
      && headerSizes.contains(Int(head[14]))
  }

  /// - Parameters:
  ///   - bytes: a file's, which ``isHeader(_:)`` says is a bitmap.
  ///   - name: what errors call it.
  ///   - acceptsTruncated: of a picture that ends early, takes the rows that are there; the others have the first
  ///     colour.
  static func decode(_ bytes: UnsafeBufferPointer<UInt8>, name: String, acceptsTruncated: Bool) throws
    -> Image
  {
    var decoder = BMPDecoder(bytes: bytes, name: name)
    try decoder.readHeader()
    let header = decoder.header
    try Image.validate(width: header.width, height: header.height, name: name)
    let isRuns = header.compression == Compression.runs8 || header.compression == Compression.runs4
    let needed = header.pixels + decoder.stride * header.height
    guard isRuns || acceptsTruncated || needed <= bytes.count else { throw ImageError.truncated(file: name) }
    var isWhole = true
    let image = Image(width: header.width, height: header.height, channels: 3) { target in
      if isRuns {
        isWhole = decoder.expandRuns(into: target)
      } else {
        for row in 0..<header.height { decoder.writeRow(row, into: target) }
      }
    }
    guard isWhole || acceptsTruncated else { throw ImageError.truncated(file: name) }
    return image
  }

  private init(bytes: UnsafeBufferPointer<UInt8>, name: String) {
    self.bytes = bytes
    self.name = name
  }

  /// Bytes of a stored row, a multiple of four.
  private var stride: Int { (header.width * header.bits + 31) / 32 * 4 }

  private func number(_ offset: Int, _ size: Int) throws -> Int {
    guard offset + size <= bytes.count else { throw ImageError.truncated(file: name) }
    return (0..<size).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }

  private mutating func readHeader() throws {
    header.pixels = try number(10, 4)
    let size = try number(14, 4)
    if size == 12 {
      (header.width, header.height, header.bits) = (try number(18, 2), try number(20, 2), try number(24, 2))
    } else {
      let height = Int(Int32(truncatingIfNeeded: try number(22, 4)))
      header.width = Int(Int32(truncatingIfNeeded: try number(18, 4)))
      (header.height, header.isTopDown) = (abs(height), height < 0)
      header.bits = try number(28, 2)
      if size > 16 { header.compression = try number(30, 4) }
    }
    let combination = (header.compression, header.bits)
    switch combination {
    case (Compression.none, 1), (Compression.none, 4), (Compression.none, 8), (Compression.none, 24): break
    case (Compression.none, 16): header.masks = [0x7C00, 0x03E0, 0x001F]
    case (Compression.none, 32): header.masks = [0xFF_0000, 0xFF00, 0xFF]
    case (Compression.runs8, 8), (Compression.runs4, 4): break
    case (Compression.masks, 16), (Compression.masks, 32), (Compression.masksWithAlpha, 16),
      (Compression.masksWithAlpha, 32):
      header.masks = [try number(54, 4), try number(58, 4), try number(62, 4)]
    default:
      throw ImageError.unsupported(
        file: name, reason: "a BMP of \(header.bits) bits with compression \(header.compression)")
    }
    if header.bits <= 8 { try readPalette(after: size) }
  }

  private mutating func readPalette(after size: Int) throws {
    let used = size >= 40 ? try number(46, 4) : 0
    let (first, step) = (14 + size, size == 12 ? 3 : 4)
    let stored = max(0, min(header.pixels, bytes.count) - first) / step
    let count = min(used > 0 ? used : 1 << header.bits, 256, stored)
    for index in 0..<count {
      for channel in 0..<3 { palette[index * 3 + channel] = bytes[first + index * step + 2 - channel] }
    }
  }

  /// Writes one of the picture's rows; it has the first colour where it is not stored.
  private func writeRow(_ row: Int, into target: UnsafeMutablePointer<UInt8>) {
    let start = header.pixels + (header.isTopDown ? row : header.height - 1 - row) * stride
    let line = target + row * header.width * 3
    guard start + stride <= bytes.count else { return fill(line, count: header.width) }
    let source = bytes.baseAddress! + start
    switch header.bits {
    case 24:
      for x in 0..<header.width {
        for channel in 0..<3 { line[x * 3 + channel] = source[x * 3 + 2 - channel] }
      }
    case 16, 32: writeMasked(source, into: line)
    default:
      let (bits, mask) = (header.bits, 1 << header.bits - 1)
      for x in 0..<header.width {
        let bit = x * bits
        write(Int(source[bit >> 3]) >> (8 - bits - bit & 7) & mask, into: line + x * 3)
      }
    }
  }

  private func writeMasked(_ source: UnsafePointer<UInt8>, into line: UnsafeMutablePointer<UInt8>) {
    let size = header.bits / 8
    let fields = header.masks.map { mask in
      let shift = mask == 0 ? 0 : mask.trailingZeroBitCount
      return (mask: mask, shift: shift, most: max(mask >> shift, 1))
    }
    for x in 0..<header.width {
      let value = (0..<size).reduce(0) { $0 | Int(source[x * size + $1]) << (8 * $1) }
      for (channel, field) in fields.enumerated() {
        line[x * 3 + channel] = UInt8((value & field.mask) >> field.shift * 255 / field.most)
      }
    }
  }

  private func write(_ index: Int, into pixel: UnsafeMutablePointer<UInt8>) {
    for channel in 0..<3 { pixel[channel] = palette[index * 3 + channel] }
  }

  private func fill(_ target: UnsafeMutablePointer<UInt8>, count: Int) {
    guard header.bits <= 8 else { return target.initialize(repeating: 0, count: count * 3) }
    for pixel in 0..<count { write(0, into: target + pixel * 3) }
  }

  /// Run lengths: a count and an index (two of them in turn, of four bits each); or 0 and what to do: 0 ends a row, 1
  /// the picture, 2 moves by the next two bytes, and more is a number of pixels that follow as they are.
  /// - Returns: whether the picture's end was there, or all of its rows.
  private func expandRuns(into target: UnsafeMutablePointer<UInt8>) -> Bool {
    let (width, height, isHalf) = (header.width, header.height, header.bits == 4)
    var (x, y, position) = (0, 0, header.pixels)
    func put(_ index: Int) {
      guard x < width, y < height else { return }
      write(index, into: target + ((header.isTopDown ? y : height - 1 - y) * width + x) * 3)
      x += 1
    }
    fill(target, count: width * height)
    while y < height {
      guard position + 2 <= bytes.count else { return false }
      let (count, value) = (Int(bytes[position]), Int(bytes[position + 1]))
      position += 2
      guard count == 0 else {
        for step in 0..<count { put(isHalf ? (step & 1 == 0 ? value >> 4 : value & 15) : value) }
        continue
      }
      switch value {
      case 0: (x, y) = (0, y + 1)
      case 1: return true
      case 2:
        guard position + 2 <= bytes.count else { return false }
        (x, y) = (x + Int(bytes[position]), y + Int(bytes[position + 1]))
        position += 2
      default:
        let size = isHalf ? (value + 1) / 2 : value
        guard position + size <= bytes.count else { return false }
        for step in 0..<value {
          let byte = Int(bytes[position + (isHalf ? step / 2 : step)])
          put(isHalf ? (step & 1 == 0 ? byte >> 4 : byte & 15) : byte)
        }
        position += size + size & 1
      }
    }
    return true
  }
}
