import Colonnade

/// What a tensor's elements are like.
struct ElementStatistics: Encodable {
  /// Of all elements but NaN; nil where there are none.
  let min: Double?
  let max: Double?
  /// Of the finite elements; nil where there are none. The deviation is the population's.
  let mean: Double?
  let std: Double?
  let nan: Int
  let infinite: Int

  /// - Throws: `WeightFileError` where the elements cannot be read.
  /// - Returns: nil where the elements are of a type that is not computed with.
  static func read(_ key: String, of file: some TensorFile) throws -> ElementStatistics? {
    switch file.type(of: key) {
    case .float64?:
      try file.withBytes(of: key) { bytes in
        ElementStatistics(count: bytes.count / 8) { index in
          Double(
            bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)))
        }
      }
    case .float16?, .bfloat16?, .float32?:
      try file.tensor(key).withUnsafeBufferPointer { values in
        ElementStatistics(count: values.count) { Double(values[$0]) }
      }
    case .int64?, .int32?, .uint8?, .bool?:
      try file.integers(key).withUnsafeBufferPointer { values in
        ElementStatistics(count: values.count) { Double(values[$0]) }
      }
    default: nil
    }
  }

  /// Reads the elements twice, for the deviation from a mean that is known.
  private init(count: Int, element: (Int) -> Double) {
    var (least, greatest) = (Double.infinity, -Double.infinity)
    var (sum, finite, nan) = (0.0, 0, 0)
    for index in 0..<count {
      let value = element(index)
      guard !value.isNaN else {
        nan += 1
        continue
      }
      least = Swift.min(least, value)
      greatest = Swift.max(greatest, value)
      guard value.isFinite else { continue }
      sum += value
      finite += 1
    }
    let mean = sum / Double(finite)
    var squares = 0.0
    for index in 0..<count {
      let value = element(index)
      if value.isFinite { squares += (value - mean) * (value - mean) }
    }
    (min, max) = count > nan ? (least, greatest) : (nil, nil)
    (self.mean, std) = finite > 0 ? (mean, (squares / Double(finite)).squareRoot()) : (nil, nil)
    self.nan = nan
    infinite = count - nan - finite
  }
}
