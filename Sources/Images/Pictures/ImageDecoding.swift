import Foundation

extension Image {
  /// The most pixels that are decoded: Pillow's limit against decompression bombs, half a gigabyte of RGB.
  public static let maximumPixels = 178_956_970

  /// The most bytes that are read of one file or pipe: 1 GiB.
  public static let maximumFileBytes = 1 << 30

  /// Whether a decoded picture is turned upright by its EXIF orientation.
  public enum Orientation: String, Codable, Sendable {
    /// The pixels as they are stored, as Pillow's `open` and torchvision give them.
    case stored
    /// Flipped and rotated as the EXIF tag says, as Pillow's `ImageOps.exif_transpose` does.
    case upright
  }

  /// Reads a picture file, or a pipe, as RGB; the format is found by content, not by name.
  /// - Parameters:
  ///   - url: of a file.
  ///   - orientation: whether the picture is turned upright by its EXIF tag.
  ///   - acceptsTruncated: whether a picture that ends early is taken, as
  ///     ``Image/init(decoding:name:orientation:acceptsTruncated:)`` says.
  /// - Throws: ``ImageError``, naming the file.
  public init(contentsOf url: URL, orientation: Orientation = .stored, acceptsTruncated: Bool = false) throws
  {
    try self.init(
      contentsOf: BytePath(url.path), orientation: orientation, acceptsTruncated: acceptsTruncated)
  }

  /// Reads a picture file, or a pipe, as RGB; the format is found by content, not by name.
  /// - Parameters:
  ///   - path: of a file.
  ///   - orientation: whether the picture is turned upright by its EXIF tag.
  ///   - acceptsTruncated: whether a picture that ends early is taken, as
  ///     ``Image/init(decoding:name:orientation:acceptsTruncated:)`` says.
  /// - Throws: ``ImageError``, naming the file.
  public init(contentsOfFile path: String, orientation: Orientation = .stored, acceptsTruncated: Bool = false)
    throws
  {
    try self.init(contentsOf: BytePath(path), orientation: orientation, acceptsTruncated: acceptsTruncated)
  }

  package init(contentsOf path: BytePath, orientation: Orientation, acceptsTruncated: Bool) throws {
    try self.init(
      decoding: Self.data(of: path), name: path.description, orientation: orientation,
      acceptsTruncated: acceptsTruncated)
  }

  /// - Throws: ``ImageError/unreadable(file:reason:)``.
  static func data(of path: BytePath) throws -> Data {
    do { return try FileReading.data(path) } catch {
      throw ImageError.unreadable(file: path.description, reason: error.reason)
    }
  }

  /// Decodes a JPEG, PNG, WebP, GIF or BMP to RGB, bit for bit as Pillow's `convert("RGB")`: alpha is dropped, gamma
  /// and colour profiles are ignored, and of an animation the first frame is taken.
  ///
  /// Of sixteen bits a channel the high eight are taken. So does Pillow, but not of grey PNG: there Pillow 13 gives
  /// every sample of 255 or more as 255 (it clips, where `v >> 8` is meant), and most pictures come out white.
  ///
  /// A truncated JPEG is refused also where somebody has closed it with an end marker, which Pillow does not notice.
  /// Where `acceptsTruncated` is true, what is there is taken, as Pillow does with `ImageFile.LOAD_TRUNCATED_IMAGES`:
  /// the rest of a JPEG is what the codec makes of missing coefficients (grey, or smeared where it is progressive),
  /// the rest of a PNG, GIF or BMP is black, or its palette's first colour. WebP is refused in any case.
  /// - Parameters:
  ///   - data: a picture file's bytes.
  ///   - name: what errors call the data.
  ///   - orientation: whether the picture is turned upright by its EXIF tag.
  ///   - acceptsTruncated: whether a picture that ends early is taken.
  /// - Throws: ``ImageError``.
  public init(
    decoding data: Data, name: String, orientation: Orientation = .stored, acceptsTruncated: Bool = false
  ) throws {
    self = try data.withUnsafeBytes { bytes in
      try Self.decode(bytes.bindMemory(to: UInt8.self), name, orientation, acceptsTruncated, .whole)
    }
  }

  /// - Parameter scale: of a JPEG; pictures of other formats are decoded whole.
  static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: String, _ orientation: Orientation, _ acceptsTruncated: Bool,
    _ scale: EncodedPicture.Scale
  ) throws -> Image {
    guard let format = PictureFormat(bytes) else { throw ImageError.notAPicture(file: name) }
    let image: Image
    var exif: Int?
    switch format {
    case .jpeg:
      image = try JPEGDecoder.decode(
        bytes, name: name, acceptsTruncated: acceptsTruncated, scale: scale)
      if orientation == .upright { exif = ExifOrientation.ofJPEG(bytes) }
    case .png:
      image = try PNGDecoder.decode(bytes, name: name, acceptsTruncated: acceptsTruncated)
      if orientation == .upright { exif = ExifOrientation.ofPNG(bytes) }
    case .webP:
      image = try WebPDecoder.decode(bytes, name: name)
      if orientation == .upright { exif = ExifOrientation.ofWebP(bytes) }
    case .gif: image = try GIFDecoder.decode(bytes, name: name, acceptsTruncated: acceptsTruncated)
    case .bmp: image = try BMPDecoder.decode(bytes, name: name, acceptsTruncated: acceptsTruncated)
    case .other(let found, let advice): throw ImageError.notDecoded(file: name, found: found, advice: advice)
    }
    return exif.map { image.turned(byOrientation: $0) } ?? image
  }

  /// - Throws: where the header's extents are no picture's or exceed ``maximumPixels``.
  static func validate(width: Int, height: Int, name: String) throws {
    guard width > 0, height > 0 else {
      throw ImageError.corrupt(file: name, reason: "the header says \(width)×\(height) pixels")
    }
    guard width <= maximumPixels / height else {
      throw ImageError.tooLarge(file: name, width: width, height: height)
    }
  }
}
