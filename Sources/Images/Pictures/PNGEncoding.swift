import CImageShim
import Engine
import Foundation

extension Image {
  /// The picture as a PNG file, 8-bit RGB or grey.
  public func pngData() -> Data {
    var header = spng_ihdr()
    header.width = UInt32(width)
    header.height = UInt32(height)
    header.bit_depth = 8
    let type = channels == 3 ? SPNG_COLOR_TYPE_TRUECOLOR : SPNG_COLOR_TYPE_GRAYSCALE
    header.color_type = UInt8(type.rawValue)

    let context = spng_ctx_new(Int32(SPNG_CTX_ENCODER.rawValue))
    defer { spng_ctx_free(context) }
    spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1)
    spng_set_ihdr(context, &header)
    let status = pixels.withUnsafeBytes { bytes in
      spng_encode_image(
        context, bytes.baseAddress, bytes.count, Int32(SPNG_FMT_PNG.rawValue),
        Int32(SPNG_ENCODE_FINALIZE.rawValue))
    }
    var count = 0
    var error: Int32 = 0
    // Nothing but want of memory can fail here: the picture's invariants hold.
    guard status == 0, let buffer = spng_get_png_buffer(context, &count, &error) else {
      preconditionFailure("Image.pngData: \(String(cString: spng_strerror(status)))")
    }
    return Data(bytesNoCopy: buffer, count: count, deallocator: .free)
  }

  /// Writes the picture as a PNG file, all of it or nothing. Links are followed, modes kept, and devices and pipes written
  /// to as they are.
  /// - Throws: `WeightFileError.unwritable`.
  public func writePNG(to url: URL) throws { try OutputFile.write(pngData(), to: url.path) }
}
