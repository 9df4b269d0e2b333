import CImageShim

/// WebP by libwebp; of an animation the first frame on its canvas. Alpha is left out, as Pillow's `convert("RGB")`
/// does.
enum WebPDecoder {
  static func decode(_ bytes: UnsafeBufferPointer<UInt8>, name: String) throws -> Image {
    var features = WebPBitstreamFeatures()
    try check(WebPGetFeatures(bytes.baseAddress, bytes.count, &features), name)
    let size = Image.Size(width: Int(features.width), height: Int(features.height))
    try Image.validate(width: size.width, height: size.height, name: name)
    return features.has_animation != 0
      ? try firstFrame(bytes, size, name) : try still(bytes, size, name)
  }

  private static func still(_ bytes: UnsafeBufferPointer<UInt8>, _ size: Image.Size, _ name: String) throws
    -> Image
  {
    var configuration = WebPDecoderConfig()
    guard WebPInitDecoderConfig(&configuration) != 0 else { throw notStarted(name) }
    defer { WebPFreeDecBuffer(&configuration.output) }
    var status = VP8_STATUS_OK
    let image = Image(width: size.width, height: size.height, channels: 3) { target in
      // The codec may stop before it has written anything.
      target.initialize(repeating: 0, count: size.width * size.height * 3)
      configuration.output.colorspace = MODE_RGB
      configuration.output.is_external_memory = 1
      configuration.output.u.RGBA = WebPRGBABuffer(
        rgba: target, stride: Int32(size.width * 3), size: size.width * size.height * 3)
      status = WebPDecode(bytes.baseAddress, bytes.count, &configuration)
    }
    try check(status, name)
    return image
  }

  private static func firstFrame(
    _ bytes: UnsafeBufferPointer<UInt8>, _ size: Image.Size, _ name: String
  ) throws -> Image {
    var data = WebPData(bytes: bytes.baseAddress, size: bytes.count)
    var options = WebPAnimDecoderOptions()
    guard WebPAnimDecoderOptionsInit(&options) != 0 else { throw notStarted(name) }
    options.color_mode = MODE_RGBA
    // Fails for a file that ends early as for a broken one.
    guard let decoder = WebPAnimDecoderNew(&data, &options) else {
      throw ImageError.corrupt(file: name, reason: "the animation cannot be read")
    }
    defer { WebPAnimDecoderDelete(decoder) }
    var (info, pixels, time) = (WebPAnimInfo(), nil as UnsafeMutablePointer<UInt8>?, Int32(0))
    guard WebPAnimDecoderGetInfo(decoder, &info) != 0, info.canvas_width == size.width,
      info.canvas_height == size.height, WebPAnimDecoderGetNext(decoder, &pixels, &time) != 0, let pixels
    else { throw ImageError.corrupt(file: name, reason: "the animation's first frame cannot be read") }
    return Image(width: size.width, height: size.height, channels: 3) { target in
      for pixel in 0..<size.width * size.height {
        for channel in 0..<3 { target[pixel * 3 + channel] = pixels[pixel * 4 + channel] }
      }
    }
  }

  private static func notStarted(_ name: String) -> ImageError {
    .unsupported(file: name, reason: "the WebP decoder could not be started")
  }

  private static func check(_ status: VP8StatusCode, _ name: String) throws {
    switch status {
    case VP8_STATUS_OK: return
    case VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_SUSPENDED: throw ImageError.truncated(file: name)
    case VP8_STATUS_UNSUPPORTED_FEATURE: throw ImageError.unsupported(file: name, reason: "a kind of WebP")
    case VP8_STATUS_OUT_OF_MEMORY: throw ImageError.unsupported(file: name, reason: "no memory to decode it")
    default: throw ImageError.corrupt(file: name, reason: "libwebp's status \(status.rawValue)")
    }
  }
}
