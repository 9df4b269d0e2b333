import Images

/// What is kept of a picture to tell whether others are the same, or nearly.
struct PictureDigest: Sendable {
  /// Equal for pictures of the same pixels, whatever files they are in.
  struct Content: Hashable, Sendable {
    let first, second: UInt64
  }

  let content: Content
  /// Where brightness rises to the right and where downwards, on a grid of 8×8 each: a difference hash of 128 bits (Krawetz
  /// 2013, "Kind of like that"), which survives another size, another compression and small changes of tone.
  let gradients: SIMD2<UInt64>
  /// 16×16 grey pixels, their mean taken off.
  private let thumbnail: [Int16]

  /// Gradients of less than so many pixels say nothing.
  private static let leastSide = 32
  /// Of 128 bits, so many may differ between near duplicates.
  static let mostBits = 7
  /// So much may thumbnails' pixels differ, in the mean.
  private static let mostDifference = 12

  init(_ image: Image) {
    content = Content(image)
    guard min(image.width, image.height) >= Self.leastSide else {
      gradients = SIMD2(0, 0)
      thumbnail = []
      return
    }
    // One large reduction, and small ones of its result.
    let grey = image.converted(toChannels: 1).resized(width: 72, height: 72)
    var bits = SIMD2<UInt64>(0, 0)
    let (across, down) = (grey.resized(width: 9, height: 8).pixels, grey.resized(width: 8, height: 9).pixels)
    for row in 0..<8 {
      for column in 0..<8 {
        let bit = UInt64(1) << UInt64(row * 8 + column)
        if across[row * 9 + column] < across[row * 9 + column + 1] { bits[0] |= bit }
        if down[row * 8 + column] < down[(row + 1) * 8 + column] { bits[1] |= bit }
      }
    }
    gradients = bits
    let small = grey.resized(width: 16, height: 16).pixels.map { Int16($0) }
    let mean = Int16(small.reduce(0) { $0 + Int($1) } / small.count)
    thumbnail = small.map { $0 - mean }
  }

  /// Whether there is enough in it to be compared: it is not tiny, and not of one tone.
  var isComparable: Bool {
    !thumbnail.isEmpty && thumbnail.reduce(0) { $0 + Int(abs($1)) } >= 4 * thumbnail.count
  }

  /// Whether the two show the same thing in the same place, as far as one can tell; both must be comparable.
  func isNear(_ other: PictureDigest) -> Bool {
    let difference = gradients ^ other.gradients
    guard difference[0].nonzeroBitCount + difference[1].nonzeroBitCount <= Self.mostBits else { return false }
    var sum = 0
    for (a, b) in zip(thumbnail, other.thumbnail) { sum += Int(abs(a - b)) }
    return sum <= Self.mostDifference * thumbnail.count
  }
}

extension PictureDigest.Content {
  /// Of size and pixels, eight bytes at a time, each multiplied into two states of 64 bits. Nobody's forgeries are withstood.
  init(_ image: Image) {
    var state = SIMD2<UInt64>(0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03)
    func folded(_ a: UInt64, _ b: UInt64) -> UInt64 {
      let product = a.multipliedFullWidth(by: b)
      return product.high ^ product.low
    }
    func take(_ word: UInt64) {
      state[0] = folded(state[0] ^ word, 0xA076_1D64_78BD_642F) &+ word
      state[1] = folded(state[1] &+ word, 0xE703_7ED1_A0B4_28DB) ^ word
    }
    for extent in [image.width, image.height, image.channels] { take(UInt64(extent)) }
    image.pixels.withUnsafeBytes { bytes in
      var place = 0
      while place + 8 <= bytes.count {
        take(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
        place += 8
      }
      var rest: UInt64 = 0
      for index in place..<bytes.count { rest = rest << 8 | UInt64(bytes[index]) }
      take(rest)
    }
    self.init(first: state[0], second: state[1])
  }
}
