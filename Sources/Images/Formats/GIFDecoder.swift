/// GIF: the first frame on its canvas, as Pillow's `convert("RGB")` gives it. Where the frame leaves the canvas free,
/// the transparent colour stands, or the first one.
///
/// Written here: giflib comes without a file for pkg-config, so that SwiftPM does not find it on every machine.
struct GIFDecoder {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let name: String
  private var position = 0

  fileprivate struct Frame {
    var (left, top, width, height) = (0, 0, 0, 0)
    var isInterlaced = false
    /// 256 RGB entries; an index past the stored ones is black.
    var palette: [UInt8] = []
    /// What the canvas has beside the frame.
    var background = 0
  }

  /// - Parameters:
  ///   - bytes: a file's, which begins as a GIF.
  ///   - name: what errors call it.
  ///   - acceptsTruncated: of a picture that ends early, takes the pixels that are there.
  static func decode(_ bytes: UnsafeBufferPointer<UInt8>, name: String, acceptsTruncated: Bool) throws
    -> Image
  {
    var decoder = GIFDecoder(bytes: bytes, name: name)
    let (size, frame) = try decoder.readHeaders()
    try Image.validate(width: size.width, height: size.height, name: name)
    let codeSize = Int(try decoder.next())
    guard 1...11 ~= codeSize else {
      throw ImageError.corrupt(file: name, reason: "codes of \(codeSize) bits")
    }
    var codes = LZWCodes(BlockReader(bytes, at: decoder.position), codeSize: codeSize)
    var failure: ImageError?
    let image = Image(width: size.width, height: size.height, channels: 3) { target in
      for pixel in 0..<size.width * size.height { frame.write(frame.background, at: pixel, target) }
      var row = [UInt8](repeating: 0, count: frame.width)
      for y in frame.rows {
        let (count, error) = codes.fill(&row)
        let start = (frame.top + y) * size.width + frame.left
        for x in 0..<count { frame.write(Int(row[x]), at: start + x, target) }
        if let error {
          failure = error == .end ? .truncated(file: name) : .corrupt(file: name, reason: "an unknown code")
          return
        }
      }
    }
    if let failure {
      guard acceptsTruncated, case .truncated = failure else { throw failure }
    }
    return image
  }

  private init(bytes: UnsafeBufferPointer<UInt8>, name: String) {
    self.bytes = bytes
    self.name = name
  }

  private mutating func next() throws -> UInt8 {
    guard position < bytes.count else { throw ImageError.truncated(file: name) }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func number() throws -> Int {
    let low = Int(try next())
    return low | Int(try next()) << 8
  }

  /// Reads up to the first frame's codes.
  /// - Returns: the canvas, which is as large as the frame reaches at least, and the frame.
  private mutating func readHeaders() throws -> (size: Image.Size, frame: Frame) {
    position = 6
    let (width, height) = (try number(), try number())
    let flags = try next()
    position += 2
    let global = try readPalette(flags)
    var frame = Frame()
    while true {
      switch try next() {
      case 0x2C:
        frame.left = try number()
        frame.top = try number()
        frame.width = try number()
        frame.height = try number()
        let flags = try next()
        frame.isInterlaced = flags & 0x40 != 0
        // Without any palette indices are grey.
        frame.palette =
          try readPalette(flags) ?? global ?? (0..<768).map { UInt8(truncatingIfNeeded: $0 / 3) }
        guard frame.width > 0, frame.height > 0 else {
          throw ImageError.corrupt(
            file: name, reason: "the first frame has \(frame.width)×\(frame.height) pixels")
        }
        let right = max(width, frame.left + frame.width)
        return (Image.Size(width: right, height: max(height, frame.top + frame.height)), frame)
      case 0x21: try readExtension(&frame)
      case 0x3B: throw ImageError.corrupt(file: name, reason: "there is no frame in it")
      // Between its parts a file may hold anything, as Pillow reads it.
      default: break
      }
    }
  }

  /// A graphics control says which index is transparent; nothing else matters.
  private mutating func readExtension(_ frame: inout Frame) throws {
    let isControl = try next() == 0xF9
    var isFirst = true
    while case let length = try Int(next()), length > 0 {
      if isControl && isFirst && length >= 4 && position + 3 < bytes.count {
        frame.background = bytes[position] & 1 != 0 ? Int(bytes[position + 3]) : 0
      }
      isFirst = false
      position += length
    }
  }

  /// The palette that a header's flags announce.
  private mutating func readPalette(_ flags: UInt8) throws -> [UInt8]? {
    guard flags & 0x80 != 0 else { return nil }
    let count = 3 << (Int(flags & 7) + 1)
    guard position + count <= bytes.count else { throw ImageError.truncated(file: name) }
    defer { position += count }
    return bytes[position..<position + count] + [UInt8](repeating: 0, count: 768 - count)
  }
}

extension GIFDecoder.Frame {
  /// The rows in the order in which they are stored.
  fileprivate var rows: [Int] {
    guard isInterlaced else { return Array(0..<height) }
    return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0, to: height, by: $1)) }
  }

  fileprivate func write(_ index: Int, at pixel: Int, _ target: UnsafeMutablePointer<UInt8>) {
    for channel in 0..<3 { target[pixel * 3 + channel] = palette[index * 3 + channel] }
  }
}
