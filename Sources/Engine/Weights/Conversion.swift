import Synchronization

/// What writing a file in another format or precision did.
public struct Conversion: Sendable {
  /// Tensors in the file.
  public let tensors: Int
  /// Of these, whose elements' type changed.
  public let converted: Int
  /// Finite elements that the new type cannot hold: they became infinite.
  public let overflows: Int
}

extension Safetensors {
  /// Writes a file's tensors as safetensors, in the file's layout and under its keys.
  /// - Parameters:
  ///   - file: of any format.
  ///   - precision: the type of floating-point elements, F16, BF16 or F32, rounded to the nearest, ties to even; nil
  ///     leaves all as they are. Integers and booleans stay as they are in any case.
  ///   - metadata: the new file's `__metadata__`.
  ///   - path: the new file, replaced whole or not at all.
  /// - Throws: ``WeightFileError``.
  public static func convert(
    _ file: some TensorFile, to precision: ElementType? = nil, metadata: [String: String] = [:],
    writing path: String
  ) throws -> Conversion {
    precondition(
      [nil, .float16, .bfloat16, .float32].contains(precision),
      "Safetensors.convert: \(precision?.rawValue ?? "") is not written")
    let overflows = Mutex(0)
    let reserved = file.keys.first { $0 == "__metadata__" }
    if let reserved {
      throw WeightFileError.malformed(file: file.path, key: reserved, reason: "safetensors reserves this key")
    }
    var converted = 0
    let entries = file.keys.map { key -> Entry in
      let (type, shape) = (file.type(of: key)!, file.shape(of: key)!)
      guard let precision, type.isReadableAsFloat, type != precision else {
        return Entry(name: key, type: type, shape: shape) { body in
          try file.withBytes(of: key) { try body($0) }
        }
      }
      converted += 1
      return Entry(name: key, type: precision, shape: shape) { body in
        let (bytes, lost) = try file.withBytes(of: key) {
          encoded($0, count: shape.count, from: type, to: precision)
        }
        overflows.withLock { $0 += lost }
        try bytes.withUnsafeBytes(body)
      }
    }
    try write(entries, metadata: metadata, to: path)
    return Conversion(tensors: entries.count, converted: converted, overflows: overflows.withLock { $0 })
  }

  /// The elements in another type, and how many of the finite ones became infinite.
  private static func encoded(
    _ source: UnsafeRawBufferPointer, count: Int, from type: ElementType, to precision: ElementType
  ) -> (bytes: [UInt8], overflows: Int) {
    let overflows = Mutex(0)
    let size = precision.size
    let bytes = [UInt8](unsafeUninitializedCapacity: count * size) { buffer, initialized in
      initialized = count * size
      guard count > 0, let base = source.baseAddress else { return }
      let target = UnsafeMutableRawPointer(buffer.baseAddress!)
      Parallel.forEachRange(count, grain: 1 << 18) { range in
        var lost = 0
        let floats = Tensor(uninitialized: [range.count])
        let values = floats.storage.pointer
        type.readFloats(base + range.lowerBound * type.size, 0..<range.count, into: values)
        for i in 0..<range.count {
          var value = values[i]
          var isFinite = value.isFinite
          if type == .float64 {
            let bits = (base + (range.lowerBound + i) * 8).loadUnaligned(as: UInt64.self).littleEndian
            let double = Double(bitPattern: bits)
            if size == 2 { value = ElementType.oddSingle(double) }
            isFinite = double.isFinite
          }
          let staysFinite = precision.store(value, at: target + (range.lowerBound + i) * size)
          if isFinite && !staysFinite { lost += 1 }
        }
        if lost > 0 { overflows.withLock { [lost] in $0 += lost } }
      }
    }
    return (bytes, overflows.withLock { $0 })
  }
}
