/// A picture in memory: eight bits a channel, rows from the top, channels interleaved (`[height, width, channels]`).
///
/// Decoded pictures have three channels (R, G, B); grey data sets such as Fashion-MNIST have one.
public struct Image: Equatable, Sendable {
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// 3 for RGB, 1 for grey.
  public let channels: Int
  /// `height * width * channels` bytes.
  public private(set) var pixels: [UInt8]

  /// A picture of the given bytes.
  /// - Precondition: both sides are positive, `channels` is 1 or 3, and `pixels` fills them exactly.
  public init(width: Int, height: Int, channels: Int = 3, pixels: [UInt8]) {
    Self.check(width, height, channels)
    precondition(
      pixels.count == width * height * channels,
      "Image: \(pixels.count) bytes do not fill \(width)×\(height)×\(channels)")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// A picture of one value everywhere.
  public init(width: Int, height: Int, channels: Int = 3, repeating value: UInt8) {
    Self.check(width, height, channels)
    self.init(
      width: width, height: height, channels: channels,
      pixels: [UInt8](repeating: value, count: width * height * channels))
  }

  /// A picture whose bytes `fill` writes, all of them: the buffer it is given is uninitialized.
  init(
    width: Int, height: Int, channels: Int, fill: (UnsafeMutablePointer<UInt8>) throws -> Void
  ) rethrows {
    Self.check(width, height, channels)
    let count = width * height * channels
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      try fill(buffer.baseAddress!)
      initialized = count
    }
  }

  /// The value of one channel of the pixel in column `x` of row `y`.
  public subscript(x: Int, y: Int, channel: Int) -> UInt8 {
    get { pixels[offset(x, y, channel)] }
    set { pixels[offset(x, y, channel)] = newValue }
  }

  private func offset(_ x: Int, _ y: Int, _ channel: Int) -> Int {
    precondition(
      0..<width ~= x && 0..<height ~= y && 0..<channels ~= channel,
      "Image: no pixel (\(x), \(y), channel \(channel)) in \(extents)")
    return (y * width + x) * channels + channel
  }

  /// Writes in place.
  mutating func withMutablePixels<R>(_ body: (UnsafeMutablePointer<UInt8>) throws -> R) rethrows -> R {
    try pixels.withUnsafeMutableBufferPointer { try body($0.baseAddress!) }
  }

  /// The bytes of a row.
  var rowBytes: Int { width * channels }

  /// Width × height × channels, for messages.
  package var extents: String { "\(width)×\(height)×\(channels)" }

  private static func check(_ width: Int, _ height: Int, _ channels: Int) {
    precondition(
      width > 0 && height > 0 && (channels == 1 || channels == 3),
      "Image: \(width)×\(height)×\(channels) is not a picture of 1 or 3 channels")
  }
}

extension Image {
  /// The same picture in `channels` channels: grey is repeated; RGB becomes luma by ITU-R 601-2 in 16-bit fixed
  /// point, as Pillow's `convert("L")` computes it.
  public func converted(toChannels channels: Int) -> Image {
    guard channels != self.channels else { return self }
    let count = width * height
    return Image(width: width, height: height, channels: channels) { target in
      pixels.withUnsafeBufferPointer { source in
        if channels == 3 {
          for index in 0..<count {
            for channel in 0..<3 { target[index * 3 + channel] = source[index] }
          }
        } else {
          for index in 0..<count {
            target[index] = Self.luma(source[index * 3], source[index * 3 + 1], source[index * 3 + 2])
          }
        }
      }
    }
  }

  @inline(__always)
  static func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    UInt8(truncatingIfNeeded: (Int(red) * 19595 + Int(green) * 38470 + Int(blue) * 7471 + 0x8000) >> 16)
  }
}
