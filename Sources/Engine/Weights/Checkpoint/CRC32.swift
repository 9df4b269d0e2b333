/// The checksum of zip archives' entries: CRC-32 with the polynomial of IEEE 802.3, least significant bit first.
///
/// Eight bytes at a time in four interleaved lanes, so that no lookup waits for the one before (as zlib does: Kadatch and
/// Jenkins, "Everything we know about CRC but afraid to forget", 2010). Long ranges are cut into pieces for all threads,
/// whose checksums are joined.
package enum CRC32 {
  private static let polynomial: UInt32 = 0xEDB8_8320
  private static let lanes = 4
  private static let piece = 1 << 17

  package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let count = max(1, (bytes.count + piece - 1) / piece)
    func range(_ index: Int) -> Range<Int> { index * piece..<min(bytes.count, (index + 1) * piece) }
    let sums = [UInt32](unsafeUninitializedCapacity: count) { sums, initialized in
      let sums = sums.baseAddress!
      Parallel.forEach(count) { sums[$0] = ofPiece(UnsafeRawBufferPointer(rebasing: bytes[range($0)])) }
      initialized = count
    }
    let (whole, last) = (power(ofBytes: piece), power(ofBytes: range(count - 1).count))
    return sums.indices.dropFirst().reduce(sums[0]) { sum, index in
      product(sum, index == count - 1 ? last : whole) ^ sums[index]
    }
  }

  // MARK: A piece

  /// Element 256·k + b: the register after byte b, the k-th of a lane's word, and zeros up to the lane's next word.
  private static let laneTable: [UInt32] = {
    var table = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var register = byteTable[byte]
      for zeros in 0..<lanes * 8 {
        let place = lanes * 8 - 1 - zeros
        if place < 8 { table[256 * place + byte] = register }
        register = register >> 8 ^ byteTable[Int(register & 0xFF)]
      }
    }
    return table
  }()

  /// The register after a byte.
  private static let byteTable: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { register, _ in register >> 1 ^ (register & 1 == 1 ? polynomial : 0) }
  }

  private static func ofPiece(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var register = UInt32.max
    let rounds = bytes.count / (lanes * 8)
    if rounds > 1 {
      let words = laneTable.withUnsafeBufferPointer { table in
        braid(bytes.baseAddress!, rounds: rounds - 1, table.baseAddress!)
      }
      // The last round takes each lane's register in its turn.
      register = 0
      for lane in 0..<lanes {
        let word = words[lane] ^ bytes.word(at: ((rounds - 1) * lanes + lane) * 8) ^ UInt64(register)
        register = withUnsafeBytes(of: word.littleEndian) { advance(0, over: $0) }
      }
    }
    let start = rounds > 1 ? rounds * lanes * 8 : 0
    return ~advance(register, over: UnsafeRawBufferPointer(rebasing: bytes[start...]))
  }

  /// The lanes' registers after so many rounds, the first having begun with ones.
  private static func braid(
    _ bytes: UnsafeRawPointer, rounds: Int, _ table: UnsafePointer<UInt32>
  ) -> SIMD4<UInt64> {
    @inline(__always) func next(_ register: UInt32, _ offset: Int) -> UInt32 {
      let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian ^ UInt64(register)
      let (low, high) = (UInt32(truncatingIfNeeded: word), UInt32(truncatingIfNeeded: word >> 32))
      return table[Int(low & 0xFF)] ^ table[256 &+ Int(low >> 8 & 0xFF)]
        ^ table[512 &+ Int(low >> 16 & 0xFF)] ^ table[768 &+ Int(low >> 24)]
        ^ table[1024 &+ Int(high & 0xFF)] ^ table[1280 &+ Int(high >> 8 & 0xFF)]
        ^ table[1536 &+ Int(high >> 16 & 0xFF)] ^ table[1792 &+ Int(high >> 24)]
    }
    var (a, b, c, d) = (UInt32.max, UInt32(0), UInt32(0), UInt32(0))
    for round in 0..<rounds {
      let offset = round &* 32
      (a, b, c, d) = (next(a, offset), next(b, offset &+ 8), next(c, offset &+ 16), next(d, offset &+ 24))
    }
    return SIMD4(UInt64(a), UInt64(b), UInt64(c), UInt64(d))
  }

  private static func advance(_ register: UInt32, over bytes: UnsafeRawBufferPointer) -> UInt32 {
    bytes.reduce(register) { $0 >> 8 ^ byteTable[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  // MARK: Pieces joined

  // Checksums are polynomials over the field of two elements; the highest power is the lowest bit. Appending n bytes
  // multiplies what is before them by x to the 8n.

  /// a · b modulo the polynomial.
  private static func product(_ a: UInt32, _ b: UInt32) -> UInt32 {
    var (sum, shifted) = (UInt32(0), b)
    for bit in (0..<32).reversed() {
      if a >> UInt32(bit) & 1 == 1 { sum ^= shifted }
      shifted = shifted >> 1 ^ (shifted & 1 == 1 ? polynomial : 0)
    }
    return sum
  }

  /// x to the 8n, by repeated squares.
  private static func power(ofBytes n: Int) -> UInt32 {
    var (result, square, rest) = (UInt32(1) << 31, UInt32(1) << 23, n)
    while rest > 0 {
      if rest & 1 == 1 { result = product(result, square) }
      square = product(square, square)
      rest >>= 1
    }
    return result
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func word(at offset: Int) -> UInt64 {
    loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
  }
}
