import CZlib

/// zlib's streams, for inputs of some kilobytes.
enum Compression {
  /// What lies around the compressed data.
  enum Wrapping: Int32 {
    case raw = -15
    case zlib = 15
    case gzip = 31
  }

  private static let longest = 1 << 22

  /// Nil where the data are no stream of that kind, or a very long one.
  static func inflated(_ data: ArraySlice<UInt8>, _ wrapping: Wrapping) -> [UInt8]? {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, wrapping.rawValue, ZLIB_VERSION, size) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var (source, result) = (Array(data), [UInt8]())
    var piece = [UInt8](repeating: 0, count: 1 << 14)
    return source.withUnsafeMutableBufferPointer { source -> [UInt8]? in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      while result.count < longest {
        let room = piece.count
        let status = piece.withUnsafeMutableBufferPointer { piece -> Int32 in
          stream.next_out = piece.baseAddress
          stream.avail_out = UInt32(room)
          return inflate(&stream, Z_NO_FLUSH)
        }
        result += piece[..<(room - Int(stream.avail_out))]
        if status == Z_STREAM_END { return result }
        guard status == Z_OK else { return nil }
      }
      return nil
    }
  }

  static func deflated(_ data: ArraySlice<UInt8>, _ wrapping: Wrapping) -> [UInt8] {
    var stream = z_stream()
    let status = deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, wrapping.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "fuzz: zlib could not be started")
    defer { deflateEnd(&stream) }
    var source = Array(data)
    return [UInt8](unsafeUninitializedCapacity: Int(deflateBound(&stream, UInt(source.count)))) {
      target, count in
      source.withUnsafeMutableBufferPointer { source in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        let status = deflate(&stream, Z_FINISH)
        precondition(status == Z_STREAM_END, "fuzz: zlib failed")
      }
      count = target.count - Int(stream.avail_out)
    }
  }

  static func crc32(_ data: [UInt8]) -> Int { Int(CZlib.crc32(0, data, UInt32(data.count))) }
}
