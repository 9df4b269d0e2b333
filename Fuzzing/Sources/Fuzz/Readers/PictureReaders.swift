import Colonnade
import Foundation

/// Pictures, turned upright.
enum PictureReaders {
  /// At one of its four scales, which the number of bytes decides.
  static let jpeg = picture("jpeg", [".jpg"], JPEGForm()) { data in
    let picture = try EncodedPicture(data, name: "picture", orientation: .upright)
    let scales = EncodedPicture.Scale.allCases
    let scale = picture.size == nil ? .whole : scales[data.count % scales.count]
    let size = try picture.decoded(at: scale).size
    guard let whole = picture.size else { return }
    precondition(size.width == scale.side(whole.width) && size.height == scale.side(whole.height))
  }
  static let png = picture("png", [".png"], PNGForm())
  static let bmp = picture("bmp", [".bmp"], Whole())
  static let gif = picture("gif", [".gif"], Whole())
  static let webp = picture("webp", [".webp"], RIFFForm())

  /// - Parameter decode: what is tried.
  static func picture(
    _ name: String, _ endings: [String], _ form: any Form,
    decode: @escaping @Sendable (Data) throws -> Void = {
      _ = try Image(decoding: $0, name: "picture", orientation: .upright)
    }
  ) -> Reader {
    Reader(
      name, seeds: [.init(folder: "Tests/DatasetsTests/Fixtures", endings: endings)], form: form,
      allowance: { Reader.multiple(64)($0) + allowance(of: $0) },
      isSkipped: isOnlySlow
    ) { input in
      try decode(Data(input.bytes))
    }
  }

  /// What a picture may take beside a multiple of its bytes, whatever the reader is called: what is decoded is what the bytes
  /// say that they are.
  static func allowance(of picture: [UInt8]) -> Int {
    // A PNG's profile and texts have 64 MB, and twice that while they grow.
    let beside = picture.starts(with: pngSignature) ? 128 << 20 : 0
    // For a pixel three bytes of RGB and, in a progressive CMYK JPEG, eight of coefficients and four of inks.
    return beside + 16 * min(pixels(picture), Image.maximumPixels)
  }

  /// A large picture is tried by what it says that it is; to decode many would only take time.
  static func isOnlySlow(_ picture: [UInt8]) -> Bool { 1 << 20..<Image.maximumPixels ~= pixels(picture) }

  /// Whether bytes may be a picture, by the first of them.
  static func isPicture(_ bytes: ArraySlice<UInt8>) -> Bool {
    signatures.contains { bytes.starts(with: $0) }
  }

  private static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47]
  private static let signatures = [
    [0xFF, 0xD8], pngSignature, Array("GIF8".utf8), Array("RIFF".utf8), Array("BM".utf8),
  ]

  /// How many pixels the header says there are.
  private static func pixels(_ bytes: [UInt8]) -> Int {
    switch Array(bytes.prefix(4)) {
    case pngSignature: pngPixels(bytes)
    case Array("GIF8".utf8): gifPixels(bytes)
    case Array("RIFF".utf8): webpPixels(bytes)
    case let head where head.starts(with: Array("BM".utf8)): bmpPixels(bytes)
    default: jpegPixels(bytes)
    }
  }

  private static func pngPixels(_ bytes: [UInt8]) -> Int {
    guard let width = bytes.dropFirst(16).bigEndian(4), let height = bytes.dropFirst(20).bigEndian(4) else {
      return 0
    }
    return min(width, 1 << 30) * min(height, 1 << 30)
  }

  private static func bmpPixels(_ bytes: [UInt8]) -> Int {
    let isCore = bytes.dropFirst(14).littleEndian(4) == 12
    let size = isCore ? 2 : 4
    guard let width = bytes.dropFirst(18).littleEndian(size),
      let height = bytes.dropFirst(18 + size).littleEndian(size)
    else { return 0 }
    // Heights below zero are of rows from above.
    return min(width, 1 << 30) * min(height, height > 1 << 31 ? 1 << 32 - height : 1 << 30)
  }

  private static func webpPixels(_ bytes: [UInt8]) -> Int {
    func lossless(_ place: Int) -> Int {
      let bits = bytes.dropFirst(place).littleEndian(4) ?? 0
      return (1 + bits & 0x3FFF) * (1 + bits >> 14 & 0x3FFF)
    }
    func lossy(_ place: Int) -> Int {
      ((bytes.dropFirst(place).littleEndian(2) ?? 0) & 0x3FFF)
        * ((bytes.dropFirst(place + 2).littleEndian(2) ?? 0) & 0x3FFF)
    }
    switch Array(bytes.dropFirst(12).prefix(4)) {
    case Array("VP8X".utf8):
      return (1 + (bytes.dropFirst(24).littleEndian(3) ?? 0))
        * (1 + (bytes.dropFirst(27).littleEndian(3) ?? 0))
    case Array("VP8 ".utf8): return lossy(26)
    case Array("VP8L".utf8): return lossless(21)
    // libwebp takes a stream that is in no chunk, too.
    case let head where head.first == 0x2F: return lossless(13)
    default: return lossy(18)
    }
  }

  /// The canvas, as far as the first frame reaches at least.
  private static func gifPixels(_ bytes: [UInt8]) -> Int {
    func number(_ place: Int) -> Int { bytes.dropFirst(place).littleEndian(2) ?? 0 }
    let (width, height) = (number(6), number(8))
    guard let frame = gifFrame(bytes) else { return width * height }
    return max(width, number(frame + 1) + number(frame + 5))
      * max(height, number(frame + 3) + number(frame + 7))
  }

  /// Where the first frame is described; nil where there is none.
  private static func gifFrame(_ bytes: [UInt8]) -> Int? {
    guard bytes.count > 13 else { return nil }
    var place = 13 + (bytes[10] & 0x80 != 0 ? 3 << (Int(bytes[10] & 7) + 1) : 0)
    while place < bytes.count {
      switch bytes[place] {
      case 0x2C: return place
      case 0x21:
        place += 2
        while place < bytes.count, bytes[place] > 0 { place += 1 + Int(bytes[place]) }
        place += 1
      case 0x3B: return nil
      default: place += 1
      }
    }
    return nil
  }

  /// The largest frame header's.
  private static func jpegPixels(_ bytes: [UInt8]) -> Int {
    var most = 0
    for index in bytes.indices.dropLast(9) where bytes[index] == 0xFF && 0xC0...0xCF ~= bytes[index + 1] {
      let height = bytes[(index + 5)...].bigEndian(2) ?? 0
      most = max(most, height * (bytes[(index + 7)...].bigEndian(2) ?? 0))
    }
    return most
  }
}
