/// The checksum of zip archives' entries: CRC-32 with the polynomial of IEEE 802.3, least significant bit first.
///
/// Long ranges are cut into pieces for all threads, whose checksums are joined.
package enum CRC32 {
  private static let polynomial: UInt32 = 0xEDB8_8320
  private static let piece = 1 << 17

  package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let count = max(1, (bytes.count + piece - 1) / piece)
    func range(_ index: Int) -> Range<Int> { index * piece..<min(bytes.count, (index + 1) * piece) }
    let sums = [UInt32](unsafeUninitializedCapacity: count) { sums, initialized in
      let sums = sums.baseAddress!
      Parallel.forEach(count) {
        sums[$0] = ~advance(.max, over: UnsafeRawBufferPointer(rebasing: bytes[range($0)]))
      }
      initialized = count
    }
    let (whole, last) = (power(ofBytes: piece), power(ofBytes: range(count - 1).count))
    return sums.indices.dropFirst().reduce(sums[0]) { sum, index in
      product(sum, index == count - 1 ? last : whole) ^ sums[index]
    }
  }

  // MARK: A piece

  /// Element 256·k + b: the register after byte b and k zeros.
  private static let table: [UInt32] = {
    var table = (0..<256).map { byte in
      (0..<8).reduce(UInt32(byte)) { register, _ in
        register >> 1 ^ (register & 1 == 1 ? polynomial : 0)
      }
    }
    for index in 256..<8 * 256 {
      let before = table[index - 256]
      table.append(before >> 8 ^ table[Int(before & 0xFF)])
    }
    return table
  }()

  /// The register after bytes, eight at a time by tables.
  private static func advance(_ register: UInt32, over bytes: UnsafeRawBufferPointer) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      var register = register
      let whole = bytes.count / 8 * 8
      for offset in stride(from: 0, to: whole, by: 8) {
        let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
        var rest = word ^ UInt64(register)
        register = 0
        for zeros in (0..<8).reversed() {
          register ^= table[256 &* zeros &+ Int(truncatingIfNeeded: rest & 0xFF)]
          rest >>= 8
        }
      }
      return bytes[whole...].reduce(register) {
        $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)]
      }
    }
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
