import CImageShim
import Foundation
import Images

/// Reads a file's bytes in order, unpacking gzip (known by its first two bytes) on the way, all of its members.
///
/// Nothing is allocated on the word of a header: a read grows its result as bytes arrive.
final class ByteReader {
  let file: String
  private static let gzip: [UInt8] = [0x1F, 0x8B]
  private let data: Data
  private var position = 0
  /// Nil for a plain file. On the heap, because zlib keeps its address.
  private let stream: UnsafeMutablePointer<z_stream>?
  private var hasEnded = false

  convenience init(_ url: URL) throws {
    let data: Data
    do {
      data = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw DatasetError.unreadable(path: url.path, reason: FileReading.reason(error, url))
    }
    try self.init(data, file: url.path)
  }

  /// - Parameter file: what errors call the bytes.
  init(_ data: Data, file: String) throws {
    self.data = data
    self.file = file
    guard data.starts(with: Self.gzip) else {
      stream = nil
      return
    }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    self.stream = stream
    // 16 above the window's bits: gzip's header and checksum.
    let status = inflateInit2_(stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw DatasetError.invalidGzip(file: file, reason: "zlib could not be started")
    }
  }

  deinit {
    guard let stream else { return }
    inflateEnd(stream)
    stream.deallocate()
  }

  /// The next bytes: `count`, or fewer where the file ends.
  func read(_ count: Int) throws -> [UInt8] {
    guard let stream else {
      let end = position + min(count, data.count - position)
      defer { position = end }
      return [UInt8](data[data.startIndex + position..<data.startIndex + end])
    }
    var result: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: min(count, 1 << 18))
    while result.count < count, !hasEnded {
      let received = try inflate(stream, into: &piece, count: min(count - result.count, piece.count))
      result += piece[..<received]
    }
    return result
  }

  private func inflate(_ stream: UnsafeMutablePointer<z_stream>, into target: inout [UInt8], count: Int)
    throws -> Int
  {
    let input = min(data.count - position, 1 << 20)
    var status = Z_OK
    data.withUnsafeBytes { source in
      target.withUnsafeMutableBufferPointer { target in
        // zlib's interface lacks const; it does not write to its input.
        stream.pointee.next_in = UnsafeMutablePointer(
          mutating: source.bindMemory(to: UInt8.self).baseAddress! + position)
        stream.pointee.avail_in = UInt32(input)
        stream.pointee.next_out = target.baseAddress
        stream.pointee.avail_out = UInt32(count)
        status = CImageShim.inflate(stream, Z_NO_FLUSH)
      }
    }
    position += input - Int(stream.pointee.avail_in)
    switch status {
    case Z_OK: break
    case Z_STREAM_END: try goOn(stream)
    case Z_BUF_ERROR: throw DatasetError.invalidGzip(file: file, reason: "it ends early")
    default:
      let message = stream.pointee.msg.map { String(cString: $0) }
      throw DatasetError.invalidGzip(file: file, reason: message ?? "error \(status)")
    }
    return count - Int(stream.pointee.avail_out)
  }

  /// After a member's end: another one follows, or nothing but zeros, which some media pad files with.
  private func goOn(_ stream: UnsafeMutablePointer<z_stream>) throws {
    let rest = data[(data.startIndex + position)...]
    if rest.starts(with: Self.gzip) {
      // Keeps where the output goes, which the caller sets anew.
      guard inflateReset(stream) == Z_OK else {
        throw DatasetError.invalidGzip(file: file, reason: "zlib could not be started")
      }
      return
    }
    guard rest.allSatisfy({ $0 == 0 }) else {
      throw DatasetError.invalidGzip(file: file, reason: "what follows its end is not gzip")
    }
    hasEnded = true
  }
}
