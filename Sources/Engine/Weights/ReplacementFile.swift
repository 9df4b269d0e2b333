import Foundation

/// A file written beside its destination and put in its place only when complete: whatever was there before
/// stays whole until then, and after any failure.
struct ReplacementFile: ~Copyable {
  private let path: String
  private let temporaryPath: String
  private let descriptor: Int32
  private var isCommitted = false

  /// Creates the temporary file, in the destination's folder so that the rename is atomic.
  /// - Throws: ``WeightFileError/unwritable(file:reason:)``, as all methods do.
  init(path: String) throws {
    self.path = path
    temporaryPath = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).partial"
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
  }

  borrowing func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Foundation.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress!, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(path) }
      rest = rest.dropFirst(count)
    }
  }

  /// Puts the file in place, after its bytes have reached the disk.
  mutating func commit() throws {
    guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else { throw Self.failure(path) }
    isCommitted = true
  }

  deinit {
    close(descriptor)
    if !isCommitted { unlink(temporaryPath) }
  }

  private static func failure(_ path: String) -> WeightFileError {
    .unwritable(file: path, reason: MappedFile.systemReason())
  }
}
