import Foundation
import Images

/// How a data set reads its picture files.
struct PictureReading: Sendable {
  let orientation: Image.Orientation
  let acceptsTruncated: Bool
  let scaledDecoding: Bool

  init(_ orientation: Image.Orientation, _ acceptsTruncated: Bool, _ scaledDecoding: Bool) {
    self.orientation = orientation
    self.acceptsTruncated = acceptsTruncated
    self.scaledDecoding = scaledDecoding
  }

  init(_ options: DataOptions) {
    self.init(options.orientation, options.acceptsTruncated, options.scaledDecoding ?? false)
  }

  /// The whole picture.
  /// - Throws: `ImageError`.
  func image(_ path: BytePath) throws -> Image {
    try Image(contentsOf: path, orientation: orientation, acceptsTruncated: acceptsTruncated)
  }

  /// The whole picture in these bytes.
  /// - Throws: `ImageError`.
  func image(_ data: Data, name: String) throws -> Image {
    try Image(decoding: data, name: name, orientation: orientation, acceptsTruncated: acceptsTruncated)
  }

  /// The picture for a loader that decodes it as it needs it; nil where it is to be decoded whole.
  /// - Throws: `ImageError`.
  func encoded(_ path: BytePath) throws -> EncodedPicture? {
    guard scaledDecoding else { return nil }
    return try EncodedPicture(contentsOf: path, orientation: orientation, acceptsTruncated: acceptsTruncated)
  }

  /// The same of bytes with their name, which are looked for where they are needed.
  /// - Throws: `ImageError`.
  func encoded(_ file: () -> (data: Data, name: String)) throws -> EncodedPicture? {
    guard scaledDecoding else { return nil }
    let (data, name) = file()
    return try EncodedPicture(
      data, name: name, orientation: orientation, acceptsTruncated: acceptsTruncated)
  }
}
