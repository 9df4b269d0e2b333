// Numbers of fewer bits, rounded to the nearest, ties to even. `Float16` does not exist on every platform.

extension ElementType {
  /// Stores a number little-endian as this type, F16, BF16 or F32.
  /// - Returns: whether it is finite there.
  func store(_ value: Float, at place: UnsafeMutableRawPointer) -> Bool {
    switch self {
    case .float16:
      let bits = Self.half(value)
      place.storeBytes(of: bits.littleEndian, as: UInt16.self)
      return bits & 0x7C00 != 0x7C00
    case .bfloat16:
      let bits = Self.brain(value)
      place.storeBytes(of: bits.littleEndian, as: UInt16.self)
      return bits & 0x7F80 != 0x7F80
    default:
      place.storeBytes(of: value.bitPattern.littleEndian, as: UInt32.self)
      return value.isFinite
    }
  }

  /// The nearest half-precision number; beyond 65,520 an infinity.
  static func half(_ value: Float) -> UInt16 {
    let sign = UInt16(value.bitPattern >> 16) & 0x8000
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
    // From 65,520 on: halfway beyond the largest.
    if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
    // Below 2⁻¹⁴ a half counts in units of 2⁻²⁴, as this sum does in its last bits: the addition rounds.
    if magnitude < 0x3880_0000 {
      return sign | UInt16(truncatingIfNeeded: (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3F00_0000)
    }
    let rounded = magnitude + 0xFFF + (magnitude >> 13 & 1)
    return sign | UInt16(truncatingIfNeeded: (rounded &- 0x3800_0000) >> 13)
  }

  /// The nearest bfloat16; beyond the largest an infinity.
  static func brain(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }

  /// A single-precision number that rounds to fewer bits as the double itself does: towards zero, with the last
  /// bit set where that lost something. Rounding to the nearest twice may miss the nearest.
  static func oddSingle(_ value: Double) -> Float {
    let nearest = Float(value)
    guard !value.isNaN, Double(nearest) != value else { return nearest }
    let isLarger = Double(nearest.magnitude) > value.magnitude
    return Float(bitPattern: (nearest.bitPattern - (isLarger ? 1 : 0)) | 1)
  }
}
