/// A file of named tensors, whatever its format: keys, shapes, types and elements.
public protocol TensorFile: Sendable {
  var path: String { get }

  /// The keys, in the file's order.
  var keys: [String] { get }

  /// The shape under a key as the file has it; nil where the file lacks the key.
  func shape(of key: String) -> Shape?

  /// The element type under a key; nil where the file lacks the key.
  func type(of key: String) -> ElementType?

  /// The elements under a key as little-endian bytes of ``type(of:)`` in row-major order, at any alignment.
  /// - Throws: ``WeightFileError/noSuchKey(file:key:)``; ``WeightFileError/malformed(file:key:reason:)`` where the file
  ///   has a checksum of the elements and it differs; what `body` throws.
  func withBytes<R>(of key: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R
}

extension TensorFile {
  /// The elements under a key as `Float`, in the file's order: F32 as they are, F16 and BF16 exactly,
  /// F64 rounded.
  /// - Throws: ``WeightFileError`` where the file lacks the key or holds something else under it.
  public func tensor(_ key: String) throws -> Tensor {
    let (shape, type) = try entry(key)
    guard type.isReadableAsFloat else {
      throw WeightFileError.wrongType(
        file: path, key: key, type: type.rawValue, wanted: "F32, F16, BF16 or F64")
    }
    let result = Tensor(uninitialized: shape)
    try withBytes(of: key) { bytes in
      guard let base = bytes.baseAddress else { return }
      let target = result.storage.pointer
      Parallel.forEachRange(result.count, grain: 1 << 18) { range in
        type.readFloats(base, range, into: target)
      }
    }
    return result
  }

  /// The elements under a key as integers, from I64, I32, U8 or BOOL.
  /// - Throws: ``WeightFileError`` where the file lacks the key or holds something else under it.
  public func integers(_ key: String) throws -> [Int64] {
    let (shape, type) = try entry(key)
    guard type.isReadableAsInteger else {
      throw WeightFileError.wrongType(
        file: path, key: key, type: type.rawValue, wanted: "I64, I32, U8 or BOOL")
    }
    return try withBytes(of: key) { bytes in
      guard let base = bytes.baseAddress else { return [] }
      return (0..<shape.count).map { type.readInteger(base, $0) }
    }
  }

  private func entry(_ key: String) throws -> (Shape, ElementType) {
    guard let shape = shape(of: key), let type = type(of: key) else {
      throw WeightFileError.noSuchKey(file: path, key: key)
    }
    return (shape, type)
  }
}
