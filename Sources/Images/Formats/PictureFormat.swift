/// What a file is by its first bytes, whatever it is called.
package enum PictureFormat: Hashable, Sendable {
  case jpeg, png, webP, gif, bmp
  /// What is not decoded: its name, and what to do.
  case other(String, advice: String)

  /// How many bytes are enough to tell.
  private static let enough = 64

  /// Nil where they are nothing that is known.
  package init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    let head = Array(bytes.prefix(Self.enough))
    func has(_ text: String, at offset: Int = 0) -> Bool {
      head.dropFirst(offset).starts(with: text.utf8)
    }
    if head.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if has("GIF87a") || has("GIF89a") {
      self = .gif
    } else if has("RIFF") && has("WEBP", at: 8) {
      self = .webP
    } else if BMPDecoder.isHeader(head) {
      self = .bmp
    } else if let other = Self.others.first(where: { has($0.magic, at: $0.offset) }) {
      self = .other(other.name, advice: other.advice)
    } else if let other = Self.unprintable.first(where: { head.starts(with: $0.magic) }) {
      self = .other(other.name, advice: other.advice)
    } else if Self.isMarkup(head) {
      self = .other("a page of the web (HTML) or a drawing (SVG)", advice: "get the picture itself")
    } else {
      return nil
    }
  }

  /// Of a file; nil where it is nothing that is known, or cannot be read.
  package init?(contentsOf path: BytePath) {
    let head = FileReading.beginning(path, count: Self.enough)
    guard let format = head.withUnsafeBufferPointer({ PictureFormat($0) }) else { return nil }
    self = format
  }

  /// Those that are decoded, for messages.
  package static let decoded = "JPEG, PNG, WebP, GIF, BMP"

  private static let convert = "convert it to PNG"

  private static let others: [(magic: String, offset: Int, name: String, advice: String)] = [
    ("II*\0", 0, "TIFF", convert), ("MM\0*", 0, "TIFF", convert), ("II+\0", 0, "TIFF", convert),
    ("ftypavi", 4, "AVIF", convert), ("ftyphe", 4, "HEIF", convert), ("ftypmif1", 4, "HEIF", convert),
    ("ftypmsf1", 4, "HEIF", convert), ("\0\0\0\u{0C}JXL ", 0, "JPEG XL", convert),
    ("\0\0\0\u{0C}jP  ", 0, "JPEG 2000", convert), ("8BPS", 0, "Photoshop's PSD", convert),
    ("qoif", 0, "QOI", convert), ("\0\0\u{01}\0", 0, "an icon (ICO)", convert),
    ("%PDF", 0, "PDF", convert), ("P4\n", 0, "PNM", convert), ("P5\n", 0, "PNM", convert),
    ("P6\n", 0, "PNM", convert),
    ("version https://git-lfs", 0, "a pointer of Git LFS", "fetch the file by 'git lfs pull'"),
    ("PK\u{03}\u{04}", 0, "a zip archive", "unpack it"),
  ]

  private static let unprintable: [(magic: [UInt8], name: String, advice: String)] = [
    ([0xFF, 0x0A], "JPEG XL", convert), ([0xFF, 0x4F, 0xFF, 0x51], "JPEG 2000", convert),
    ([0x76, 0x2F, 0x31, 0x01], "OpenEXR", convert), ([0x1F, 0x8B], "a gzip archive", "unpack it"),
  ]

  private static func isMarkup(_ head: [UInt8]) -> Bool {
    let text = String(decoding: head.drop { $0 <= 0x20 }.prefix(14), as: UTF8.self).lowercased()
    return ["<!doctype html", "<html", "<svg", "<?xml"].contains { text.hasPrefix($0) }
  }
}
