import CImageShim
import Engine

/// Decompression of a zip archive's entries.
enum Inflation {
  /// No deflate stream expands more than this.
  private static let mostExpansion = 1032

  /// The first `prefix` bytes of an entry, or all of it where it has no more; then its checksum is held too.
  /// - Throws: `WeightFileError.malformed`.
  static func inflate(
    _ source: UnsafeRawBufferPointer, _ entry: ZipArchive.Entry, prefix: Int, file: String
  ) throws -> [UInt8] {
    func malformed(_ reason: String) -> WeightFileError {
      .malformed(file: file, key: entry.name, reason: "cannot be decompressed: \(reason)")
    }
    guard entry.size / mostExpansion <= source.count else { throw malformed("its size is not possible") }
    var stream = z_stream()
    // Below zero: no header around the data.
    guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw malformed("zlib could not be started")
    }
    defer { inflateEnd(&stream) }

    let wanted = min(prefix, entry.size)
    let piece = 1 << 30
    var (read, made, status) = (0, 0, Z_OK)
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { target, initialized in
      while status == Z_OK, made < wanted {
        // zlib's interface lacks const; it does not write to its input.
        stream.next_in = UnsafeMutablePointer(
          mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self).advanced(by: read))
        let (input, room) = (min(source.count - read, piece), min(wanted - made, piece))
        stream.avail_in = UInt32(input)
        stream.next_out = target.baseAddress!.advanced(by: made)
        stream.avail_out = UInt32(room)
        status = CImageShim.inflate(&stream, Z_NO_FLUSH)
        read += input - Int(stream.avail_in)
        made += room - Int(stream.avail_out)
      }
      initialized = made
    }
    guard made == wanted else {
      throw malformed(stream.msg.map { String(cString: $0) } ?? "it ends early")
    }
    guard wanted < entry.size || bytes.withUnsafeBytes(entry.agrees) else {
      throw malformed("the checksum differs")
    }
    return bytes
  }
}
