import CImageShim

/// JPEG by libjpeg-turbo: the accurate DCT and smooth chroma upsampling, which is what Pillow uses.
enum JPEGDecoder {
  /// - Parameters:
  ///   - bytes: a file's.
  ///   - name: what errors call it.
  ///   - acceptsTruncated: takes what the codec makes of a picture that ends early, as of one that is whole.
  ///   - scale: of both sides, which are rounded up. TurboJPEG takes the largest of its scales that gives no more pixels
  ///     than these; where both sides have fewer than 8, that may be another one with as many.
  static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, name: String, acceptsTruncated: Bool,
    scale: EncodedPicture.Scale = .whole
  ) throws -> Image {
    try withHeader(bytes, name) { codec, header in
      var header = header
      header.acceptsTruncated = acceptsTruncated
      header.width = scale.side(header.width)
      header.height = scale.side(header.height)
      return header.isCMYK
        ? try decodeCMYK(codec, bytes, header, name) : try decodeRGB(codec, bytes, header, name)
    }
  }

  /// The size that the header says, EXIF orientation not applied.
  /// - Throws: ``ImageError``, as ``decode(_:name:acceptsTruncated:scale:)`` does it before it decodes.
  static func size(of bytes: UnsafeBufferPointer<UInt8>, name: String) throws -> Image.Size {
    try withHeader(bytes, name) { _, header in Image.Size(width: header.width, height: header.height) }
  }

  private static func withHeader<R>(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: String, _ body: (tjhandle, Header) throws -> R
  ) throws -> R {
    guard let codec = tjInitDecompress() else {
      throw ImageError.unsupported(file: name, reason: "the JPEG decoder could not be started")
    }
    defer { tjDestroy(codec) }
    let header = try readHeader(codec, bytes, name)
    try Image.validate(width: header.width, height: header.height, name: name)
    return try body(codec, header)
  }

  private struct Header {
    /// Of what is decoded, as `height`.
    var width = 0
    var height = 0
    var isCMYK = false
    var acceptsTruncated = false
  }

  private static func readHeader(
    _ codec: tjhandle, _ bytes: UnsafeBufferPointer<UInt8>, _ name: String
  ) throws -> Header {
    var width: Int32 = 0
    var height: Int32 = 0
    var sampling: Int32 = 0
    var space: Int32 = -1
    let status = tjDecompressHeader3(
      codec, bytes.baseAddress, UInt(bytes.count), &width, &height, &sampling, &space)
    // An unusual sampling is reported as a failure although the extents are good and decoding works.
    guard status == 0 || (width > 0 && height > 0 && space >= 0) else {
      throw failure(codec, bytes, name)
    }
    let isCMYK = space == Int32(TJCS_CMYK.rawValue) || space == Int32(TJCS_YCCK.rawValue)
    return Header(width: Int(width), height: Int(height), isCMYK: isCMYK)
  }

  private static func decodeRGB(
    _ codec: tjhandle, _ bytes: UnsafeBufferPointer<UInt8>, _ header: Header, _ name: String
  ) throws -> Image {
    var failure: ImageError?
    let image = Image(width: header.width, height: header.height, channels: 3) { target in
      failure = decompress(codec, bytes, header, TJPF_RGB, into: target, name)
    }
    if let failure { throw failure }
    return image
  }

  /// Adobe's files hold inverted CMYK; the conversion to RGB is Pillow's.
  private static func decodeCMYK(
    _ codec: tjhandle, _ bytes: UnsafeBufferPointer<UInt8>, _ header: Header, _ name: String
  ) throws -> Image {
    let count = header.width * header.height
    var failure: ImageError?
    let inks = [UInt8](unsafeUninitializedCapacity: count * 4) { buffer, initialized in
      failure = decompress(codec, bytes, header, TJPF_CMYK, into: buffer.baseAddress!, name)
      initialized = count * 4
    }
    if let failure { throw failure }
    return Image(width: header.width, height: header.height, channels: 3) { target in
      for pixel in 0..<count {
        let light = Int(inks[pixel * 4 + 3])  // 255 − K, K being the inverted sample
        for channel in 0..<3 {
          let product = (255 - Int(inks[pixel * 4 + channel])) * light + 128
          target[pixel * 3 + channel] = UInt8(clamping: light - (((product >> 8) + product) >> 8))
        }
      }
    }
  }

  /// Decodes into `target`, which is filled in any case. Warnings other than a premature end are let pass. A progressive
  /// picture of more than 500 scans, each of which costs a pass over all of it, is refused: real ones have some ten.
  private static func decompress(
    _ codec: tjhandle, _ bytes: UnsafeBufferPointer<UInt8>, _ header: Header, _ format: TJPF,
    into target: UnsafeMutablePointer<UInt8>, _ name: String
  ) -> ImageError? {
    func run(_ flags: Int32) -> Int32 {
      tjDecompress2(
        codec, bytes.baseAddress, UInt(bytes.count), target, Int32(header.width), 0,
        Int32(header.height), Int32(format.rawValue), TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS | flags)
    }
    // The codec keeps only its last warning, so the first one, which says what happened, needs a stop there.
    if run(TJFLAG_STOPONWARNING) == 0 { return nil }
    if endsEarly(codec) && !header.acceptsTruncated { return .truncated(file: name) }
    guard isWarning(codec) else { return failure(codec, bytes, name) }
    if run(0) == 0 || (isWarning(codec) && (header.acceptsTruncated || !endsEarly(codec))) { return nil }
    return failure(codec, bytes, name)
  }

  private static func isWarning(_ codec: tjhandle) -> Bool {
    tjGetErrorCode(codec) == Int32(TJERR_WARNING.rawValue)
  }

  private static func message(_ codec: tjhandle) -> String { String(cString: tjGetErrorStr2(codec)) }

  private static func endsEarly(_ codec: tjhandle) -> Bool {
    message(codec).lowercased().contains("premature end")
  }

  private static func failure(
    _ codec: tjhandle, _ bytes: UnsafeBufferPointer<UInt8>, _ name: String
  ) -> ImageError {
    if endsEarly(codec) || bytes.count < 4 { return .truncated(file: name) }
    let text = message(codec)
    return text.contains("nsupported")
      ? .unsupported(file: name, reason: text) : .corrupt(file: name, reason: text)
  }
}
