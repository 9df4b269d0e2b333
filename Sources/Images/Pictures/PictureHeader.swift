import Foundation

extension Image.Size {
  /// The size that a JPEG or PNG file's header says, without decoding the picture; as it is stored, EXIF orientation not
  /// applied. Pictures of other formats, which are seldom, are decoded. The type is found by content, not by name.
  /// - Throws: ``ImageError``, naming the file.
  public init(ofPicture url: URL) throws { try self.init(ofPicture: url, orientation: .stored) }

  /// The same of a picture that may be turned upright. Of an upright one the header of a JPEG alone is enough.
  package init(ofPicture url: URL, orientation: Image.Orientation) throws {
    let file: FileHandle
    do {
      file = try FileHandle(forReadingFrom: url)
    } catch {
      throw ImageError.unreadable(file: url.path, reason: FileReading.reason(error, url))
    }
    defer { try? file.close() }
    var header = PictureHeader(file: file, name: url.path)
    guard let size = try header.size(), orientation == .stored || header.isJPEG else {
      self = try Image(contentsOf: url, orientation: orientation).size
      return
    }
    let isTurned = orientation == .upright && header.liesOnItsSide
    self = isTurned ? Image.Size(width: size.height, height: size.width) : size
    try Image.validate(width: width, height: height, name: url.path)
  }
}

/// Reads a file's beginning, piece by piece as far as its size is known.
private struct PictureHeader {
  let file: FileHandle
  let name: String
  private var bytes: [UInt8] = []

  init(file: FileHandle, name: String) {
    self.file = file
    self.name = name
  }

  var isJPEG: Bool { bytes.starts(with: [0xFF, 0xD8, 0xFF]) }

  /// Of a JPEG whose size was read: EXIF stands before the frame header.
  var liesOnItsSide: Bool {
    5...8 ~= bytes.withUnsafeBufferPointer { ExifOrientation.ofJPEG($0) } ?? 1
  }

  /// Nil where the header of this format is not read here.
  mutating func size() throws -> Image.Size? {
    if try starts(with: [0xFF, 0xD8, 0xFF]) { return try ofJPEG() }
    guard try starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else {
      guard bytes.withUnsafeBufferPointer({ PictureFormat($0) }) != nil else {
        throw ImageError.notAPicture(file: name)
      }
      return nil
    }
    // The first chunk is IHDR: its length and type, then width and height.
    guard try number(at: 12, bytes: 4) == 0x4948_4452 else {
      throw ImageError.corrupt(file: name, reason: "it does not begin with IHDR")
    }
    return Image.Size(width: try number(at: 16, bytes: 4), height: try number(at: 20, bytes: 4))
  }

  /// Goes from marker to marker to the frame header, which has the size.
  private mutating func ofJPEG() throws -> Image.Size {
    var position = 2
    while true {
      guard try number(at: position, bytes: 1) == 0xFF else {
        throw ImageError.corrupt(file: name, reason: "no marker where one is expected")
      }
      let marker = try number(at: position + 1, bytes: 1)
      switch marker {
      case 0xFF: position += 1
      case 0x01, 0xD0...0xD7: position += 2
      case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
        return Image.Size(
          width: try number(at: position + 7, bytes: 2), height: try number(at: position + 5, bytes: 2))
      case 0xD9, 0xDA: throw ImageError.corrupt(file: name, reason: "no frame header")
      default: position += 2 + max(try number(at: position + 2, bytes: 2), 2)
      }
    }
  }

  private mutating func starts(with prefix: [UInt8]) throws -> Bool {
    try read(to: prefix.count)
    return bytes.starts(with: prefix)
  }

  /// Big-endian.
  private mutating func number(at position: Int, bytes count: Int) throws -> Int {
    try read(to: position + count)
    guard bytes.count >= position + count else { throw ImageError.truncated(file: name) }
    return bytes[position..<position + count].reduce(0) { $0 << 8 | Int($1) }
  }

  private mutating func read(to count: Int) throws {
    while bytes.count < count {
      do {
        guard let more = try file.read(upToCount: 1 << 14), !more.isEmpty else { return }
        bytes += more
      } catch {
        throw ImageError.unreadable(file: name, reason: error.localizedDescription)
      }
    }
  }
}
