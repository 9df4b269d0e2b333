/// Why a picture could not be read. Every case names the file (or whatever the caller named the bytes).
public enum ImageError: Error, Equatable, Sendable {
  /// There is no such file, or it may not be read.
  case unreadable(file: String, reason: String)
  /// The content is nothing that is known, whatever the file is called.
  case notAPicture(file: String)
  /// The content is known, but not decoded here: what it is, and what to do.
  case notDecoded(file: String, found: String, advice: String)
  /// The data end before the picture does.
  case truncated(file: String)
  /// The codec found the data broken.
  case corrupt(file: String, reason: String)
  /// A kind of picture that is not decoded here.
  case unsupported(file: String, reason: String)
  /// More pixels than ``Image/maximumPixels``.
  case tooLarge(file: String, width: Int, height: Int)
}

extension ImageError: CustomStringConvertible {
  /// One line that names the file.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
    case .notAPicture(let file): "\(file): not a picture (neither JPEG, PNG, WebP, GIF nor BMP)"
    case .notDecoded(let file, let found, let advice):
      "\(file): \(found), which is not read here: \(advice) (\(PictureFormat.decoded) are read)"
    case .truncated(let file): "\(file): the picture is truncated"
    case .corrupt(let file, let reason): "\(file): the picture is corrupt: \(reason)"
    case .unsupported(let file, let reason): "\(file): unsupported picture: \(reason)"
    case .tooLarge(let file, let width, let height):
      "\(file): a picture of \(width)×\(height) pixels is larger than the \(Image.maximumPixels) allowed"
    }
  }
}
