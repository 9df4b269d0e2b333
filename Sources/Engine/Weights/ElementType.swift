/// The element types of safetensors, under the names the format gives them.
public enum ElementType: String, Sendable {
  /// A byte, 0 or 1; read as an integer.
  case bool = "BOOL"
  /// 8 bits without a sign; read as an integer.
  case uint8 = "U8"
  /// 8 bits with a sign; not read.
  case int8 = "I8"
  /// 8 bits, 5 of exponent and 2 of mantissa; not read.
  case float8e5m2 = "F8_E5M2"
  /// 8 bits, 4 of exponent and 3 of mantissa; not read.
  case float8e4m3 = "F8_E4M3"
  /// 16 bits with a sign; not read.
  case int16 = "I16"
  /// 16 bits without a sign; not read.
  case uint16 = "U16"
  /// IEEE 754's half precision; read as `Float`, exactly.
  case float16 = "F16"
  /// The upper 16 bits of a `Float`; read as `Float`, exactly.
  case bfloat16 = "BF16"
  /// 32 bits with a sign; read as an integer.
  case int32 = "I32"
  /// 32 bits without a sign; not read.
  case uint32 = "U32"
  /// IEEE 754's single precision, Swift's `Float`.
  case float32 = "F32"
  /// IEEE 754's double precision; read as `Float`, rounded.
  case float64 = "F64"
  /// 64 bits with a sign; read as an integer.
  case int64 = "I64"
  /// 64 bits without a sign; not read.
  case uint64 = "U64"

  /// Bytes an element.
  public var size: Int {
    switch self {
    case .bool, .uint8, .int8, .float8e5m2, .float8e4m3: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Whether elements can be read as `Float`.
  var isReadableAsFloat: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }

  /// Whether elements can be read as `Int64`.
  var isReadableAsInteger: Bool {
    switch self {
    case .bool, .uint8, .int32, .int64: true
    default: false
    }
  }

  /// Converts `range` of the little-endian elements at `source`, at any alignment; the type must be one of
  /// the floating-point types ``isReadableAsFloat`` names.
  func readFloats(_ source: UnsafeRawPointer, _ range: Range<Int>, into target: Destination) {
    switch self {
    case .float32:
      UnsafeMutableRawPointer(target + range.lowerBound)
        .copyMemory(from: source + range.lowerBound * 4, byteCount: range.count * 4)
    case .float16:
      for i in range { target[i] = Self.float(half: source.littleEndian(at: i)) }
    case .bfloat16:
      for i in range {
        target[i] = Float(bitPattern: UInt32(source.littleEndian(at: i) as UInt16) << 16)
      }
    case .float64:
      for i in range { target[i] = Float(Double(bitPattern: source.littleEndian(at: i))) }
    default: preconditionFailure("ElementType: \(rawValue) is not read as Float")
    }
  }

  /// Element `index` of the little-endian integers at `source`.
  func readInteger(_ source: UnsafeRawPointer, _ index: Int) -> Int64 {
    switch self {
    case .bool, .uint8: Int64(source.littleEndian(at: index) as UInt8)
    case .int32: Int64(source.littleEndian(at: index) as Int32)
    case .int64: source.littleEndian(at: index)
    default: preconditionFailure("ElementType: \(rawValue) is not read as Int64")
    }
  }

  /// The value of a half-precision number. `Float16` does not exist on every platform.
  static func float(half bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7FFF) << 13
    // Infinities and NaNs keep their exponent of all ones; everything else is scaled by the two biases'
    // difference, 2¹¹², exactly, subnormal numbers included.
    let value =
      bits & 0x7C00 == 0x7C00
      ? magnitude | 0x7F80_0000 : (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    return Float(bitPattern: sign | value)
  }
}

extension UnsafeRawPointer {
  @inline(__always)
  fileprivate func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(at index: Int) -> T {
    T(littleEndian: loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self))
  }
}
