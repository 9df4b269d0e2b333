import CImageShim
import Foundation
import XCTest

/// Packed by zlib into one member.
func gzip(_ data: Data) -> Data {
  var stream = z_stream()
  XCTAssertEqual(
    deflateInit2_(
      &stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size)), Z_OK)
  defer { deflateEnd(&stream) }
  var input = [UInt8](data)
  var output = [UInt8](repeating: 0, count: data.count + 1000)
  input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      XCTAssertEqual(deflate(&stream, Z_FINISH), Z_STREAM_END)
    }
  }
  return Data(output.prefix(Int(stream.total_out)))
}
