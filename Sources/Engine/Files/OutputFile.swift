import Foundation

/// The one way in which this package writes files: whole or not at all.
///
/// The bytes go into a partial file in the destination's folder, which takes the destination's place when it is complete and
/// has reached the disk: whatever was there stays whole until then, and after any failure. Links are followed, so the
/// file that is meant is replaced and not the link to it. A file that stood there keeps its owner and its mode. One that
/// has further names (hard links), another owner, or a file system mounted on it cannot be replaced: the complete bytes
/// are copied into it, first what goes beyond its old end, which alone may find no room; should the rest of that fail, the
/// error names the partial file, which is kept. A device, a pipe, or this process's own standard output or error
/// (`/dev/stdout`) is written to directly, as the bytes come. A file that may not be written to is not replaced either.
package struct OutputFile: ~Copyable {
  /// What becomes the destination when it is complete.
  private struct Partial {
    let path: String
    let target: String
    /// Nil where nothing stood there.
    let replaced: stat?
  }

  private let path: String
  private let descriptor: Int32
  /// Nil where bytes go straight to the destination.
  private let partial: Partial?
  private var isCommitted = false

  /// - Throws: ``WeightFileError/unwritable(file:reason:)``, as all methods do.
  package init(path: String) throws {
    let (descriptor, partial) = try Self.opened(path)
    self.path = path
    self.descriptor = descriptor
    self.partial = partial
  }

  private static func opened(_ path: String) throws -> (Int32, Partial?) {
    var partial: Partial?
    let descriptor: Int32
    switch try OutputDestination(path) {
    case .standardStream(let stream): descriptor = dup(stream)
    case .stream: descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
    case .file(let target, let replaced):
      let folder = OutputDestination.folder(of: target)
      let name = PartialFiles.name()
      let place = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
      partial = Partial(path: place, target: target, replaced: replaced)
      // What was closed to others is not open to them meanwhile.
      descriptor = PartialFiles.add(place) {
        open(place, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, replaced == nil ? 0o666 : 0o600)
      }
    }
    guard descriptor >= 0 else { throw failure(path, errno) }
    return (descriptor, partial)
  }

  /// Refuses a file that could not be written, before any work is done for it; creates nothing.
  package static func check(_ path: String) throws { _ = try OutputDestination(path) }

  /// Whether a path is this process's standard output, by whatever name: what else is said must go elsewhere.
  package static func isStandardOutput(_ path: String) -> Bool {
    if case .standardStream(STDOUT_FILENO)? = try? OutputDestination(path) { true } else { false }
  }

  /// Writes a file of these bytes.
  package static func write(_ data: Data, to path: String) throws {
    var file = try OutputFile(path: path)
    try data.withUnsafeBytes { try file.write($0) }
    try file.commit()
  }

  package borrowing func write(_ bytes: UnsafeRawBufferPointer) throws {
    let code = DescriptorWriting.write(bytes, to: descriptor)
    guard code == 0 else { throw Self.failure(path, code) }
  }

  /// Puts the file in place, after its bytes have reached the disk.
  package mutating func commit() throws {
    guard let partial else {
      // What is no file of a disk cannot be waited for.
      if fsync(descriptor) != 0, ![EINVAL, EROFS, ENOTSUP].contains(errno) {
        throw Self.failure(path, errno)
      }
      isCommitted = true
      return
    }
    guard fsync(descriptor) == 0 else { throw Self.failure(path, errno) }
    if let old = partial.replaced {
      let isOwned = fchown(descriptor, old.st_uid, old.st_gid) == 0
      let hasMode = isOwned && fchmod(descriptor, old.st_mode & 0o7777) == 0
      guard hasMode && old.st_nlink == 1 else { return try copyIntoPlace(partial.path, partial.target) }
    }
    if rename(partial.path, partial.target) != 0 {
      guard errno == EBUSY else { throw Self.failure(path, errno) }
      return try copyIntoPlace(partial.path, partial.target)
    }
    isCommitted = true
    PartialFiles.forget(partial.path)
  }

  /// Copies the complete partial file into the one that stands at the destination.
  private mutating func copyIntoPlace(_ partial: String, _ target: String) throws {
    let file = open(target, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { throw Self.failure(path, errno) }
    defer { close(file) }
    var (old, new) = (stat(), stat())
    guard fstat(file, &old) == 0, fstat(descriptor, &new) == 0 else { throw Self.failure(path, errno) }
    let (oldSize, newSize) = (Int(old.st_size), Int(new.st_size))
    if newSize > oldSize {
      var code = DescriptorWriting.copy(oldSize..<newSize, from: descriptor, to: file)
      if code == 0 && fsync(file) != 0 { code = errno }
      guard code == 0 else {
        _ = ftruncate(file, old.st_size)
        throw Self.failure(path, code)
      }
    }
    // From here on the destination is neither the old file nor the new one until it is done.
    PartialFiles.forget(partial)
    isCommitted = true
    var code = DescriptorWriting.copy(0..<min(oldSize, newSize), from: descriptor, to: file)
    if code == 0 && (ftruncate(file, new.st_size) != 0 || fsync(file) != 0) { code = errno }
    guard code == 0 else {
      throw WeightFileError.unwritable(
        file: path, reason: "\(Self.reason(code)); what stood there is damaged, the new file is \(partial)")
    }
    unlink(partial)
  }

  deinit {
    close(descriptor)
    if let partial, !isCommitted {
      unlink(partial.path)
      PartialFiles.forget(partial.path)
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  private static func failure(_ path: String, _ code: Int32) -> WeightFileError {
    .unwritable(file: path, reason: reason(code))
  }
}
