/// A safetensors file, mapped into memory and checked: its keys, shapes and elements.
///
/// Format: <https://github.com/huggingface/safetensors>. Element data may lie at any alignment. A pipe is read to its end,
/// into memory, up to 4 GiB. A file that another
/// program cuts short while it is mapped ends the process, as mapped memory does everywhere; files are replaced
/// by renaming, as ``Safetensors`` does, not overwritten.
public struct SafetensorsFile: TensorFile {
  /// Where it was opened, as it was given; errors name it.
  public let path: String
  private let file: MappedFile
  private let header: SafetensorsHeader

  /// Opens the file and checks its header.
  /// - Throws: ``WeightFileError`` where the file cannot be read or breaks the format's rules.
  public init(path: String) throws { try self.init(.fileOrPipe(path)) }

  init(_ file: MappedFile) throws {
    path = file.path
    self.file = file
    header = try SafetensorsHeader(file.bytes, path: path)
  }

  /// The keys, in the order of their elements in the file.
  public var keys: [String] { header.keys }

  /// The file's `__metadata__`.
  public var metadata: [String: String] { header.metadata }

  /// The shape under a key as the file has it; nil where the file lacks the key.
  public func shape(of key: String) -> Shape? { header[key]?.shape }

  /// The element type under a key; nil where the file lacks the key.
  public func type(of key: String) -> ElementType? { header[key]?.type }

  /// The bytes under a key, as the file has them.
  /// - Throws: ``WeightFileError/noSuchKey(file:key:)``.
  public func withBytes<R>(of key: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let entry = header[key] else { throw WeightFileError.noSuchKey(file: path, key: key) }
    defer { file.release(entry.bytes) }
    return try withExtendedLifetime(file) {
      try body(UnsafeRawBufferPointer(rebasing: file.bytes[entry.bytes]))
    }
  }
}
