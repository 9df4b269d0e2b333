/// A file of named tensors, whatever its format: keys, shapes, types and elements.
public protocol TensorFile: Sendable {
  /// Where it is, for errors.
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
    try tensor(key) { Storage(count: $0) }
  }

  private func tensor(_ key: String, in makeStorage: (_ count: Int) -> Storage) throws -> Tensor {
    let (shape, type) = try floatEntry(key)
    let result = Tensor(storage: makeStorage(shape.count), shape: shape)
    try withBytes(of: key) { bytes in
      guard let base = bytes.baseAddress else { return }
      let target = result.storage.pointer
      Parallel.forEachRange(result.count, grain: 1 << 18) { range in
        type.readFloats(base, range, into: target)
      }
    }
    return result
  }

  /// As ``tensor(_:)``, in memory's order and to be kept. Nothing is left in the pool.
  func tensor(_ key: String, from layout: WeightLayout) throws -> Tensor {
    if layout == .same { return try tensor(key) { Storage(count: $0, isLasting: true) } }
    guard case .flattened(let channels, let height, let width) = layout else {
      return layout.fromFile(try tensor(key) { Storage(count: $0, isKept: false) }, isLasting: true)
    }
    // Most of a network's weights may be in this one: row by row, so that no copy in the file's order lies beside it.
    let (shape, type) = try floatEntry(key)
    let (columns, area) = (shape[1], height * width)
    let result = Tensor(uninitialized: shape, isLasting: true)
    try withBytes(of: key) { bytes in
      guard let base = bytes.baseAddress else { return }
      let target = result.storage.pointer
      Parallel.forEachRange(shape[0], grain: max(1, (1 << 18) / columns)) { rows in
        let workspace = Storage(count: columns, isKept: false)
        let line = workspace.pointer
        withExtendedLifetime(workspace) {
          for row in rows {
            type.readFloats(base + row * columns * type.size, 0..<columns, into: line)
            let row = target + row * columns
            for pixel in 0..<area {
              for c in 0..<channels { row[pixel &* channels &+ c] = line[c &* area &+ pixel] }
            }
          }
        }
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

  private func floatEntry(_ key: String) throws -> (Shape, ElementType) {
    let (shape, type) = try entry(key)
    guard type.isReadableAsFloat else {
      throw WeightFileError.wrongType(
        file: path, key: key, type: type.rawValue, wanted: "F32, F16, BF16 or F64")
    }
    return (shape, type)
  }

  private func entry(_ key: String) throws -> (Shape, ElementType) {
    guard let shape = shape(of: key), let type = type(of: key) else {
      throw WeightFileError.noSuchKey(file: path, key: key)
    }
    return (shape, type)
  }
}
