import Engine
import Foundation
import Images

/// A file of NumPy's: one array, `.npy`, under the file's name without its extension, or an archive of arrays, `.npz`,
/// compressed or not, under their names. Told apart by content.
public struct NumPyFile: TensorFile {
  /// Where the file is.
  public let path: String
  /// In the archive's order.
  public let keys: [String]
  private let file: MappedFile
  private let arrays: [ExactKey: Array]

  private struct Array: Sendable {
    let header: NPYHeader
    /// Nil where the array is the whole file.
    let entry: ZipArchive.Entry?
  }

  /// Opens the file and checks all of it but the elements.
  /// - Throws: `WeightFileError` where the file cannot be read or breaks its format's rules.
  public init(path: String) throws { try self.init(.fileOrPipe(path)) }

  init(_ file: MappedFile) throws {
    let path = file.path
    self.path = path
    self.file = file
    guard ZipArchive.isArchive(file.bytes) else {
      let key = FileReading.url(path).deletingPathExtension().lastPathComponent
      let header = try NPYHeader(file.bytes, size: file.bytes.count, file: path, key: key)
      keys = [key]
      arrays = [ExactKey(key): Array(header: header, entry: nil)]
      return
    }
    var arrays: [(key: String, array: Array)] = []
    for entry in try ZipArchive(file.bytes, path: path).entries {
      let key = entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : entry.name
      let head = try Self.contents(of: entry, prefix: NPYHeader.longest, file, path) {
        try NPYHeader($0, size: entry.size, file: path, key: key)
      }
      arrays.append((key, Array(header: head, entry: entry)))
    }
    keys = arrays.map(\.key)
    guard Set(keys.map(ExactKey.init)).count == keys.count else {
      throw WeightFileError.malformed(file: path, key: nil, reason: "two arrays have one name")
    }
    self.arrays = Dictionary(uniqueKeysWithValues: arrays.map { (ExactKey($0.key), $0.array) })
  }

  /// Whether the bytes are an array or an archive with arrays.
  static func isNumPy(_ bytes: UnsafeRawBufferPointer, path: String) throws -> Bool {
    guard ZipArchive.isArchive(bytes) else { return NPYHeader.isNPY(bytes) }
    return try ZipArchive(bytes, path: path).entries.contains { $0.name.hasSuffix(".npy") }
  }

  /// The shape of an array; nil where there is none of that name.
  public func shape(of key: String) -> Shape? { arrays[ExactKey(key)]?.header.layout.shape }

  /// The element type of an array; nil where there is none of that name.
  public func type(of key: String) -> ElementType? { arrays[ExactKey(key)]?.header.type }

  /// - Throws: `WeightFileError` where the file lacks the key or the compressed array is damaged; what `body` throws.
  public func withBytes<R>(of key: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let array = arrays[ExactKey(key)] else { throw WeightFileError.noSuchKey(file: path, key: key) }
    func elements(_ contents: UnsafeRawBufferPointer) throws -> R {
      try array.header.layout.withElements(
        of: UnsafeRawBufferPointer(rebasing: contents[array.header.length...]), size: array.header.type.size,
        body)
    }
    return try withExtendedLifetime(file) {
      guard let entry = array.entry else { return try elements(file.bytes) }
      return try Self.contents(of: entry, prefix: entry.size, file, path, elements)
    }
  }

  /// Calls `body` with an entry's contents, or their first bytes, decompressed.
  private static func contents<R>(
    of entry: ZipArchive.Entry, prefix: Int, _ file: MappedFile, _ path: String,
    _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    let stored = UnsafeRawBufferPointer(rebasing: file.bytes[entry.bytes])
    switch entry.method {
    case 0:
      guard prefix < entry.size || entry.agrees(with: stored) else {
        throw WeightFileError.malformed(
          file: path, key: entry.name, reason: "the elements are damaged: their checksum differs")
      }
      return try body(UnsafeRawBufferPointer(rebasing: stored.prefix(prefix)))
    case 8:
      return try Inflation.inflate(stored, entry, prefix: prefix, file: path).withUnsafeBytes(body)
    default:
      throw WeightFileError.malformed(
        file: path, key: entry.name, reason: "compression method \(entry.method) is not read")
    }
  }
}

/// Opens a file of tensors of any format that is read: safetensors, PyTorch checkpoints, `.npy` and `.npz`, told apart
/// by content.
/// - Parameters:
///   - path: the file; a pipe is read to its end, into memory, up to 4 GiB.
///   - key: where in a checkpoint the tensors are, as `WeightFile` takes it; NumPy's files have no such places.
/// - Throws: `WeightFileError` where the file cannot be read, breaks its format's rules or is refused.
public func openTensorFile(_ path: String, key: String? = nil) throws -> any TensorFile {
  try openTensorFile(.fileOrPipe(path), key: key)
}

/// As ``openTensorFile(_:key:)``, of a file that is open.
package func openTensorFile(_ file: MappedFile, key: String? = nil) throws -> any TensorFile {
  guard try NumPyFile.isNumPy(file.bytes, path: file.path) else { return try WeightFile(file, key: key) }
  if let key { throw WeightFileError.nothingUnder(file: file.path, key: key, keys: []) }
  return try NumPyFile(file)
}
