import CImageShim

/// PNG by libspng, which is asked for the samples as they are stored; the conversion to RGB is done here, so that
/// neither transparency nor gamma takes part.
enum PNGDecoder {
  /// Bytes of colour profile and texts, decompressed: Pillow's limit for texts. Pixels do not count.
  private static let mostBesidePixels = 64 << 20

  /// - Parameters:
  ///   - bytes: a file's.
  ///   - name: what errors call it.
  ///   - acceptsTruncated: of a picture that ends early, takes the rows that are whole; the others are black.
  static func decode(_ bytes: UnsafeBufferPointer<UInt8>, name: String, acceptsTruncated: Bool) throws
    -> Image
  {
    do {
      return try decode(bytes, name: name, isCut: false)
    } catch let error as ImageError {
      guard acceptsTruncated, case .truncated = error, let closed = PNGRepair.closed(bytes) else {
        throw error
      }
      return try closed.withUnsafeBufferPointer { try decode($0, name: name, isCut: true) }
    }
  }

  /// - Parameter isCut: the data are known to end early, and checksums not to agree.
  private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, name: String, isCut: Bool) throws -> Image {
    guard let context = spng_ctx_new(0) else {
      throw ImageError.unsupported(file: name, reason: "the PNG decoder could not be started")
    }
    defer { spng_ctx_free(context) }
    try check(spng_set_chunk_limits(context, mostBesidePixels, mostBesidePixels), name)
    if isCut {
      let ignore = Int32(SPNG_CRC_USE.rawValue)
      try check(spng_set_crc_action(context, ignore, ignore), name)
    }
    try check(spng_set_png_buffer(context, bytes.baseAddress, bytes.count), name)
    var header = spng_ihdr()
    try check(spng_get_ihdr(context, &header), name)
    let (width, height) = (Int(header.width), Int(header.height))
    try Image.validate(width: width, height: height, name: name)

    let options = Int32(SPNG_DECODE_PROGRESSIVE.rawValue)
    try check(spng_decode_image(context, nil, 0, Int32(SPNG_FMT_RAW.rawValue), options), name)
    let layout = SampleLayout(header, palette: try palette(context, header, name))
    var status: Int32 = 0
    let image = Image(width: width, height: height, channels: 3) { target in
      if isCut { target.initialize(repeating: 0, count: width * height * 3) }
      status = decodeRows(context, header, layout, into: target)
    }
    guard status == Int32(SPNG_EOI.rawValue) || (isCut && isEarlyEnd(status)) else {
      throw failure(status, name)
    }
    return image
  }

  /// Decodes row by row, putting the rows of interlaced pictures in place itself: libspng 0.7.3 misplaces samples
  /// of two bits.
  /// - Returns: the codec's status, which is `SPNG_EOI` after the last row.
  private static func decodeRows(
    _ context: OpaquePointer, _ header: spng_ihdr, _ layout: SampleLayout,
    into target: UnsafeMutablePointer<UInt8>
  ) -> Int32 {
    let width = Int(header.width)
    var line = [UInt8](repeating: 0, count: (width * layout.bitsPerPixel + 7) / 8)
    while true {
      var row = spng_row_info()
      let position = spng_get_row_info(context, &row)
      guard position == 0 else { return position }
      let status = spng_decode_scanline(context, &line, line.count)
      guard status == 0 || status == Int32(SPNG_EOI.rawValue) else { return status }
      let columns =
        header.interlace_method == 0
        ? stride(from: 0, to: width, by: 1) : passColumns(Int(row.pass), width: width)
      layout.expand(line, into: target + Int(row.row_num) * width * 3, columns: columns)
      if status != 0 { return status }
    }
  }

  /// The columns of one of Adam7's passes.
  private static func passColumns(_ pass: Int, width: Int) -> StrideTo<Int> {
    let starts = [0, 4, 0, 2, 0, 1, 0]
    let steps = [8, 8, 4, 4, 2, 2, 1]
    return stride(from: starts[pass], to: width, by: steps[pass])
  }

  /// 256 RGB entries; nil where the picture has no palette.
  private static func palette(_ context: OpaquePointer, _ header: spng_ihdr, _ name: String) throws
    -> [UInt8]?
  {
    guard header.color_type == UInt8(SPNG_COLOR_TYPE_INDEXED.rawValue) else { return nil }
    var stored = spng_plte()
    try check(spng_get_plte(context, &stored), name)
    // An index past the palette is black, as Pillow has it.
    var entries = [UInt8](repeating: 0, count: 768)
    withUnsafeBytes(of: stored.entries) { raw in
      let colours = raw.bindMemory(to: spng_plte_entry.self)
      for index in 0..<min(Int(stored.n_entries), 256) {
        entries[index * 3] = colours[index].red
        entries[index * 3 + 1] = colours[index].green
        entries[index * 3 + 2] = colours[index].blue
      }
    }
    return entries
  }

  private static func check(_ status: Int32, _ name: String) throws {
    if status != 0 { throw failure(status, name) }
  }

  private static func isEarlyEnd(_ status: Int32) -> Bool {
    [SPNG_IO_EOF, SPNG_EOF, SPNG_EIDAT_TOO_SHORT].contains { Int32($0.rawValue) == status }
  }

  private static func failure(_ status: Int32, _ name: String) -> ImageError {
    isEarlyEnd(status)
      ? .truncated(file: name) : .corrupt(file: name, reason: String(cString: spng_strerror(status)))
  }
}

/// How a PNG stores its samples, and what RGB they are.
private struct SampleLayout {
  private let depth: Int
  private let samplesPerPixel: Int
  private let isColour: Bool
  /// 256 RGB entries for what a one-byte sample of grey or an index means.
  private let table: [UInt8]

  init(_ header: spng_ihdr, palette: [UInt8]?) {
    depth = Int(header.bit_depth)
    isColour = header.color_type & 2 != 0 && palette == nil
    samplesPerPixel = (isColour ? 3 : 1) + (header.color_type & 4 != 0 ? 1 : 0)
    let scale = depth < 8 ? 255 / ((1 << depth) - 1) : 1
    table =
      palette ?? (0..<256).flatMap { [UInt8](repeating: UInt8(truncatingIfNeeded: $0 * scale), count: 3) }
  }

  var bitsPerPixel: Int { samplesPerPixel * depth }

  /// Writes consecutive pixels of a line as RGB into the given columns of a row. Alpha is left out; of sixteen bits
  /// the first byte is taken; samples below a byte are packed, the leftmost in the highest bits.
  func expand(_ line: [UInt8], into row: UnsafeMutablePointer<UInt8>, columns: StrideTo<Int>) {
    let bytesPerSample = depth == 16 ? 2 : 1
    let step = samplesPerPixel * bytesPerSample
    var bit = 0
    for (index, x) in columns.enumerated() {
      let pixel = row + x * 3
      if isColour {
        for channel in 0..<3 { pixel[channel] = line[index * step + channel * bytesPerSample] }
        continue
      }
      var value = 0
      if depth < 8 {
        value = Int(line[bit >> 3]) >> (8 - depth - bit & 7) & ((1 << depth) - 1)
        bit += depth
      } else {
        value = Int(line[index * step])
      }
      for channel in 0..<3 { pixel[channel] = table[value * 3 + channel] }
    }
  }
}
