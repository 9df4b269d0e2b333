import Foundation

extension Image {
  /// The most pixels that are decoded: Pillow's limit against decompression bombs, half a gigabyte of RGB.
  public static let maximumPixels = 178_956_970

  /// Whether a decoded picture is turned upright by its EXIF orientation.
  public enum Orientation: Sendable {
    /// The pixels as they are stored, as Pillow's `open` and torchvision give them.
    case stored
    /// Flipped and rotated as the EXIF tag says, as Pillow's `ImageOps.exif_transpose` does.
    case upright
  }

  /// Reads a JPEG or PNG file as RGB; the type is found by content, not by name.
  /// - Throws: ``ImageError``, naming the file.
  public init(contentsOf url: URL, orientation: Orientation = .stored) throws(ImageError) {
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw .unreadable(file: url.path, reason: FileReading.reason(error, url))
    }
    try self.init(decoding: data, name: url.path, orientation: orientation)
  }

  /// Reads a JPEG or PNG file as RGB; the type is found by content, not by name.
  /// - Throws: ``ImageError``, naming the file.
  public init(contentsOfFile path: String, orientation: Orientation = .stored) throws(ImageError) {
    try self.init(contentsOf: URL(fileURLWithPath: path), orientation: orientation)
  }

  /// Decodes a JPEG or PNG to RGB, bit for bit as Pillow's `convert("RGB")`: alpha is dropped, gamma and colour
  /// profiles are ignored, and of sixteen bits the high eight are taken.
  /// - Parameters:
  ///   - data: a JPEG or PNG file's bytes.
  ///   - name: what errors call the data.
  ///   - orientation: whether the picture is turned upright by its EXIF tag.
  /// - Throws: ``ImageError``.
  public init(
    decoding data: Data, name: String, orientation: Orientation = .stored
  ) throws(ImageError) {
    let result = data.withUnsafeBytes { bytes -> Result<Image, ImageError> in
      Result { () throws(ImageError) -> Image in
        try Self.decode(bytes.bindMemory(to: UInt8.self), name, orientation)
      }
    }
    self = try result.get()
  }

  private static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: String, _ orientation: Orientation
  ) throws(ImageError) -> Image {
    let image: Image
    let exif: Int?
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      image = try JPEGDecoder.decode(bytes, name: name)
      exif = orientation == .upright ? ExifOrientation.ofJPEG(bytes) : nil
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      image = try PNGDecoder.decode(bytes, name: name)
      exif = orientation == .upright ? ExifOrientation.ofPNG(bytes) : nil
    } else {
      throw .notAPicture(file: name)
    }
    return exif.map { image.turned(byOrientation: $0) } ?? image
  }

  /// - Throws: where the header's extents are no picture's or exceed ``maximumPixels``.
  static func validate(width: Int, height: Int, name: String) throws(ImageError) {
    guard width > 0, height > 0 else {
      throw .corrupt(file: name, reason: "the header says \(width)×\(height) pixels")
    }
    guard width <= maximumPixels / height else {
      throw .tooLarge(file: name, width: width, height: height)
    }
  }
}
