import Colonnade
import Foundation

/// Pictures, turned upright.
enum PictureReaders {
  static let jpeg = picture("jpeg", [".jpg"], JPEGForm(), claims: jpegPixels)
  static let png = picture("png", [".png"], PNGForm(), beside: 128 << 20) { bytes in
    guard let width = bytes.dropFirst(16).bigEndian(4), let height = bytes.dropFirst(20).bigEndian(4) else {
      return 0
    }
    return min(width, 1 << 30) * min(height, 1 << 30)
  }

  /// - Parameters:
  ///   - beside: bytes for what is no pixels: a PNG's profile and texts have 64 MB, and twice that while they grow.
  ///   - claims: how many pixels the header says there are.
  static func picture(
    _ name: String, _ endings: [String], _ form: any Form, beside: Int = 0,
    claims: @escaping @Sendable ([UInt8]) -> Int
  ) -> Reader {
    Reader(
      name, seeds: [.init(folder: "Tests/DatasetsTests/Fixtures", endings: endings)], form: form,
      // For a pixel three bytes of RGB and, in a progressive CMYK JPEG, eight of coefficients and four of inks.
      allowance: { Reader.multiple(64)($0) + beside + 16 * min(claims($0), Image.maximumPixels) },
      // A large picture is tried by what it says that it is; to decode many would only take time.
      isSkipped: { 1 << 20..<Image.maximumPixels ~= claims($0) }
    ) { input in
      _ = try Image(decoding: Data(input.bytes), name: "picture", orientation: .upright)
    }
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
