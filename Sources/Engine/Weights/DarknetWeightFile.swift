/// A darknet `.weights` file, mapped into memory: a header and numbers without names, one layer's after another's.
///
/// The header is major, minor and revision, 32 bits each, and the number of pictures seen in training: 64 bits from
/// version 0.2 on, 32 bits before and where a version is 1000 or above (`parser.c` of
/// <https://github.com/pjreddie/darknet>). Everything is little-endian. Which number is which parameter's, the
/// network alone knows.
public struct DarknetWeightFile: Sendable {
  /// Where it was opened, as it was given; errors name it.
  public let path: String
  /// Major, minor and revision.
  public let version: (major: Int, minor: Int, revision: Int)
  /// The pictures that training saw.
  public let seen: UInt64
  /// How many numbers follow the header.
  public let count: Int
  private let file: MappedFile
  private let start: Int

  /// Opens the file and reads its header.
  /// - Throws: ``WeightFileError`` where the file cannot be read, its header is none of darknet's, or its numbers do
  ///   not end with the file.
  public init(path: String) throws { try self.init(.fileOrPipe(path)) }

  private init(_ file: MappedFile) throws {
    let path = file.path
    func malformed(_ reason: String) -> WeightFileError {
      .malformed(file: path, key: nil, reason: reason)
    }
    var reader = ByteReader(file.bytes, part: "darknet's header", path: path)
    let (major, minor) = (Int(try reader.integer(Int32.self)), Int(try reader.integer(Int32.self)))
    let revision = Int(try reader.integer(Int32.self))
    guard Self.versions ~= major, Self.versions ~= minor else {
      throw malformed("not a darknet weight file: its version would be \(major).\(minor)")
    }
    let isWide = major * 10 + minor >= 2 && major < 1000 && minor < 1000
    seen = isWide ? try reader.integer(UInt64.self) : UInt64(try reader.integer(UInt32.self))
    let rest = file.bytes.count - reader.position
    guard rest % 4 == 0 else {
      throw malformed("\(rest % 4) bytes are left after the last of \(rest / 4) numbers")
    }
    self.path = path
    self.file = file
    version = (major, minor, revision)
    start = reader.position
    count = rest / 4
  }

  private static let versions = 0..<10_000

  /// Whether a file seems to be one: it begins with a version, and is neither safetensors nor a PyTorch checkpoint.
  /// - Throws: ``WeightFileError/unreadable(file:reason:)``.
  public static func isOne(_ path: String) throws -> Bool {
    let file = try MappedFile.fileOrPipe(path)
    guard !CheckpointFile.isCheckpoint(file.bytes) else { return false }
    var reader = ByteReader(file.bytes, part: "", path: path)
    guard let major = try? Int(reader.integer(Int32.self)), let minor = try? Int(reader.integer(Int32.self)),
      let next = try? reader.integer(UInt8.self)
    else { return false }
    // The length of a short safetensors header looks like a version; the brace of its JSON follows.
    return versions ~= major && versions ~= minor && next != UInt8(ascii: "{")
  }

  /// Whether a file that is of no other known format begins with a version that darknet itself writes, 0.1 or 0.2. ``isOne(_:)``
  /// takes any version, where a detector's weights are expected.
  static func isLikely(_ file: UnsafeRawBufferPointer) -> Bool {
    guard file.count >= 16 else { return false }
    let major = file.loadUnaligned(as: Int32.self)
    let minor = file.loadUnaligned(fromByteOffset: 4, as: Int32.self)
    return major == 0 && 1...2 ~= Int32(littleEndian: minor)
  }

  /// Whether the weights of connected layers lie `[in, out]` and not `[out, in]`: versions of 1000 and above.
  public var transposesConnected: Bool { version.major > 1000 || version.minor > 1000 }

  /// Numbers as a tensor of a shape, in the file's order.
  /// - Parameters:
  ///   - offset: the place of the first one among the file's ``count``.
  ///   - shape: its count is how many are taken.
  /// - Precondition: there are so many.
  public func tensor(at offset: Int, _ shape: Shape) -> Tensor {
    precondition(
      offset >= 0 && shape.count <= count - offset,
      "DarknetWeightFile: \(shape) from number \(offset) on of \(count)")
    let result = Tensor(uninitialized: shape)
    let range = start + 4 * offset..<start + 4 * (offset + shape.count)
    withExtendedLifetime((file, result)) {
      if let base = file.bytes.baseAddress {
        ElementType.float32.readFloats(base + range.lowerBound, 0..<shape.count, into: result.storage.pointer)
      }
    }
    file.release(range)
    return result
  }
}
