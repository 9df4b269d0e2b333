import Foundation

/// A picture file's bytes, not decoded yet. Of a JPEG the header says the size, and it can be decoded at a part of its scale,
/// which takes less time than decoding and resizing all of it.
public struct EncodedPicture: Sendable {
  /// The part of its scale at which a JPEG is decoded, by what both sides are divided by: of each block of 8×8 pixels libjpeg-turbo computes 4×4, 2×2 or
  /// one from its lowest frequencies, as it does for Pillow's `draft`.
  public enum Scale: Int, CaseIterable, Sendable {
    /// The whole picture.
    case whole = 1
    /// 4×4 pixels of a block.
    case half = 2
    /// 2×2 pixels of a block.
    case quarter = 4
    /// A pixel of a block, its mean.
    case eighth = 8

    /// How many pixels a side comes to, rounded up: the last one may stand for fewer than the others.
    /// - Parameter side: of the whole picture.
    public func side(_ side: Int) -> Int { (side + rawValue - 1) / rawValue }

    /// The smallest at which a picture may be decoded before changes: what a resize takes is still at least as wide and as high as
    /// what it makes of it, so that nothing is enlarged.
    ///
    /// It is ``whole`` where the changes do not begin with a resize, or with flips and pieces inside the picture and then a resize,
    /// and in pictures with a side of fewer than 8 pixels.
    /// - Parameters:
    ///   - changes: as of the whole picture, the first one first.
    ///   - size: of the whole picture.
    public init(for changes: [GeometricChange], of size: Image.Size) {
      self = .whole
      guard min(size.width, size.height) >= 8 else { return }
      var size = size
      for change in changes {
        switch change {
        case .horizontalFlip, .verticalFlip: continue
        case .crop(let region, _) where region.isInside(size): size = region.size
        case .resize(let new, _):
          self =
            Self.allCases.last {
              size.width / $0.rawValue >= new.width && size.height / $0.rawValue >= new.height
            } ?? .whole
          return
        default: return
        }
      }
    }
  }

  /// Width and height of the decoded picture, turned upright where that is asked for; nil where the file is no JPEG.
  public let size: Image.Size?
  private let data: Data
  private let name: String
  private let orientation: Image.Orientation
  private let acceptsTruncated: Bool

  /// - Parameters:
  ///   - data: a picture file's bytes.
  ///   - name: what errors call the data.
  ///   - orientation: whether the picture is turned upright by its EXIF tag.
  ///   - acceptsTruncated: whether a picture that ends early is taken, as
  ///     ``Image/init(decoding:name:orientation:acceptsTruncated:)`` says.
  /// - Throws: ``ImageError`` where it is no picture, or a JPEG's header is broken.
  public init(
    _ data: Data, name: String, orientation: Image.Orientation = .stored, acceptsTruncated: Bool = false
  ) throws {
    self.data = data
    self.name = name
    self.orientation = orientation
    self.acceptsTruncated = acceptsTruncated
    size = try data.withUnsafeBytes { bytes -> Image.Size? in
      let bytes = bytes.bindMemory(to: UInt8.self)
      guard let format = PictureFormat(bytes) else { throw ImageError.notAPicture(file: name) }
      guard case .jpeg = format else { return nil }
      let stored = try JPEGDecoder.size(of: bytes, name: name)
      guard orientation == .upright, 5...8 ~= ExifOrientation.ofJPEG(bytes) ?? 1 else { return stored }
      return Image.Size(width: stored.height, height: stored.width)
    }
  }

  /// - Parameters:
  ///   - path: of a file.
  ///   - orientation: whether the picture is turned upright by its EXIF tag.
  ///   - acceptsTruncated: whether a picture that ends early is taken.
  /// - Throws: ``ImageError``, naming the file.
  package init(contentsOf path: BytePath, orientation: Image.Orientation, acceptsTruncated: Bool) throws {
    try self.init(
      Image.data(of: path), name: path.description, orientation: orientation,
      acceptsTruncated: acceptsTruncated)
  }

  /// The picture as RGB, as ``Image/init(decoding:name:orientation:acceptsTruncated:)`` decodes it.
  /// - Parameter scale: of both sides, which ``Scale/side(_:)`` tells.
  /// - Throws: ``ImageError``.
  /// - Precondition: what is not decoded whole is a JPEG: it has a ``size``.
  public func decoded(at scale: Scale = .whole) throws -> Image {
    precondition(
      scale == .whole || size != nil, "EncodedPicture.decoded: \(name) is no JPEG and has one scale")
    return try data.withUnsafeBytes { bytes in
      try Image.decode(bytes.bindMemory(to: UInt8.self), name, orientation, acceptsTruncated, scale)
    }
  }

  /// What changes of the whole picture make of it, computed from the reduced one.
  /// - Parameters:
  ///   - scale: one that ``Scale/init(for:of:)`` chose for these changes.
  ///   - changes: in the whole picture's pixels, the first one first.
  /// - Throws: ``ImageError``.
  func decoded(at scale: Scale, thenTransformedBy changes: [GeometricChange]) throws -> Image {
    let exif =
      orientation == .upright
      ? data.withUnsafeBytes { ExifOrientation.ofJPEG($0.bindMemory(to: UInt8.self)) } : nil
    let picture = ReducedPicture(
      try decoded(at: scale), at: scale, from: size!, turnedByOrientation: exif ?? 1)
    return picture.transformed(by: changes)
  }
}
