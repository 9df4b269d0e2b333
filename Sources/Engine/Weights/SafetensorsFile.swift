/// A safetensors file, mapped into memory and checked: its keys, shapes and elements.
///
/// Format: <https://github.com/huggingface/safetensors>. Element data may lie at any alignment. A file that another
/// program cuts short while it is mapped ends the process, as mapped memory does everywhere; files are replaced
/// by renaming, as ``Safetensors`` does, not overwritten.
public struct SafetensorsFile: Sendable {
  public let path: String
  private let file: MappedFile
  private let header: SafetensorsHeader

  /// Opens the file and checks its header.
  /// - Throws: ``WeightFileError`` where the file cannot be read or breaks the format's rules.
  public init(path: String) throws {
    self.path = path
    file = try MappedFile(path: path)
    header = try SafetensorsHeader(file.bytes, path: path)
  }

  /// The keys, in the order of their elements in the file.
  public var keys: [String] { header.keys }

  /// The file's `__metadata__`.
  public var metadata: [String: String] { header.metadata }

  /// The shape under a key as the file has it; nil where the file lacks the key.
  public func shape(of key: String) -> Shape? { header.entries[key]?.shape }

  /// The element type under a key; nil where the file lacks the key.
  public func type(of key: String) -> ElementType? { header.entries[key]?.type }

  /// The elements under a key as `Float`, in the file's order: F32 as they are, F16 and BF16 exactly,
  /// F64 rounded.
  /// - Throws: ``WeightFileError`` where the file lacks the key or holds something else under it.
  public func tensor(_ key: String) throws -> Tensor {
    let entry = try entry(key)
    guard entry.type.isReadableAsFloat else { throw wrongType(key, entry, wanted: "F32, F16, BF16 or F64") }
    let result = Tensor(uninitialized: entry.shape)
    guard let base = file.bytes.baseAddress else { return result }
    Parallel.forEachRange(result.count, grain: 1 << 18) { range in
      entry.type.readFloats(base + entry.bytes.lowerBound, range, into: result.storage.pointer)
    }
    return result
  }

  /// The elements under a key as integers, from I64, I32, U8 or BOOL.
  /// - Throws: ``WeightFileError`` where the file lacks the key or holds something else under it.
  public func integers(_ key: String) throws -> [Int64] {
    let entry = try entry(key)
    guard entry.type.isReadableAsInteger else { throw wrongType(key, entry, wanted: "I64, I32, U8 or BOOL") }
    guard let base = file.bytes.baseAddress else { return [] }
    return (0..<entry.shape.count).map { entry.type.readInteger(base + entry.bytes.lowerBound, $0) }
  }

  /// The bytes under a key, as the file has them.
  /// - Throws: ``WeightFileError/noSuchKey(file:key:)``.
  public func withBytes<R>(of key: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    let entry = try entry(key)
    return try withExtendedLifetime(file) {
      try body(UnsafeRawBufferPointer(rebasing: file.bytes[entry.bytes]))
    }
  }

  private func entry(_ key: String) throws -> SafetensorsHeader.Entry {
    guard let entry = header.entries[key] else { throw WeightFileError.noSuchKey(file: path, key: key) }
    return entry
  }

  private func wrongType(_ key: String, _ entry: SafetensorsHeader.Entry, wanted: String) -> WeightFileError {
    .wrongType(file: path, key: key, type: entry.type.rawValue, wanted: wanted)
  }
}
