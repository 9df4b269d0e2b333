import Foundation

/// A file's bytes for reading, for as long as the object lives: of a regular file mapped into memory, of a pipe read into it.
package final class MappedFile: @unchecked Sendable {
  /// Where it was opened, as it was given; errors name it.
  package let path: String
  package let bytes: UnsafeRawBufferPointer
  /// Whether the bytes are the system's, to be read from the file again.
  private let isMapped: Bool

  /// The most that is read of a pipe, which does not say how long it is.
  package static let longestPipe = 4 << 30

  /// Opens a file.
  /// - Parameters:
  ///   - path: where it is.
  ///   - takesPipes: whether it may be a pipe, which is waited for and read to its end.
  /// - Throws: ``WeightFileError/unreadable(file:reason:)`` where the file is not a readable regular file.
  package init(path: String, takesPipes: Bool = false) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | (takesPipes ? 0 : O_NONBLOCK))
    guard descriptor >= 0 else {
      throw WeightFileError.unreadable(file: path, reason: Self.systemReason())
    }
    defer { close(descriptor) }
    let status = try Self.status(of: descriptor, path)
    self.path = path
    if status.st_mode & S_IFMT == S_IFREG {
      bytes = try Self.map(descriptor, size: Int(status.st_size), path)
      isMapped = true
    } else {
      guard takesPipes, Self.isPipe(status) else { throw Self.irregular(path) }
      bytes = try Self.contents(of: descriptor, path)
      isMapped = false
    }
  }

  /// Reads what is left in an open regular file or pipe, such as the standard input.
  /// - Parameters:
  ///   - descriptor: is left open.
  ///   - path: what errors call it.
  /// - Throws: ``WeightFileError/unreadable(file:reason:)``.
  package init(descriptor: Int32, path: String) throws {
    let status = try Self.status(of: descriptor, path)
    guard status.st_mode & S_IFMT == S_IFREG || Self.isPipe(status) else { throw Self.irregular(path) }
    self.path = path
    bytes = try Self.contents(of: descriptor, path)
    isMapped = false
  }

  deinit {
    guard let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress) else { return }
    if isMapped { munmap(base, bytes.count) } else { free(base) }
  }

  /// Gives the memory of bytes that were read back to the system, which reads them from the file again when they are
  /// wanted: so that a large file does not lie in memory beside the tensors made of it.
  func release(_ range: Range<Int>) {
    guard isMapped, let base = bytes.baseAddress else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let (first, end) = ((range.lowerBound + page - 1) / page * page, range.upperBound / page * page)
    if first < end { madvise(UnsafeMutableRawPointer(mutating: base + first), end - first, MADV_DONTNEED) }
  }

  // MARK: Pipes

  /// Those that ``once(_:_:)`` has read, by their paths.
  @TaskLocal private static var pipes: [String: MappedFile] = [:]

  /// Opens a regular file or a pipe.
  /// - Throws: ``WeightFileError/unreadable(file:reason:)``.
  package static func fileOrPipe(_ path: String) throws -> MappedFile {
    if let pipe = pipes[path] { return pipe }
    return try MappedFile(path: path, takesPipes: true)
  }

  /// Does what opens a file several times, to see what it is and to read it. A pipe can be read only once: it is read before,
  /// and ``fileOrPipe(_:)`` within `body` gives what was read.
  /// - Parameters:
  ///   - path: of any file, or of none.
  ///   - body: what opens it.
  /// - Throws: what `body` throws; ``WeightFileError/unreadable(file:reason:)`` where it is a pipe that cannot be read.
  package static func once<R>(_ path: String?, _ body: () throws -> R) throws -> R {
    var status = stat()
    guard let path, stat(path, &status) == 0, isPipe(status) else { return try body() }
    let pipe = try fileOrPipe(path)
    return try $pipes.withValue(pipes.merging([path: pipe]) { $1 }, operation: body)
  }

  private static func isPipe(_ status: stat) -> Bool {
    [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
  }

  private static func contents(of descriptor: Int32, _ path: String) throws -> UnsafeRawBufferPointer {
    do {
      let (memory, count) = try DescriptorReading.all(from: descriptor, limit: longestPipe)
      return UnsafeRawBufferPointer(start: memory, count: count)
    } catch {
      switch error {
      case .system(let code):
        throw WeightFileError.unreadable(file: path, reason: String(cString: strerror(code)))
      case .tooLong:
        throw WeightFileError.unreadable(
          file: path,
          reason: "more than the \(longestPipe >> 30) GiB that are read of a pipe: put it in a file")
      }
    }
  }

  // MARK: The system

  private static func map(_ descriptor: Int32, size: Int, _ path: String) throws -> UnsafeRawBufferPointer {
    // An empty range cannot be mapped.
    guard size > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED
    else { throw WeightFileError.unreadable(file: path, reason: systemReason()) }
    return UnsafeRawBufferPointer(start: base, count: size)
  }

  private static func status(of descriptor: Int32, _ path: String) throws -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw WeightFileError.unreadable(file: path, reason: systemReason())
    }
    return status
  }

  private static func irregular(_ path: String) -> WeightFileError {
    .unreadable(file: path, reason: "not a regular file")
  }

  /// The system's text for the last failed call.
  private static func systemReason() -> String { String(cString: strerror(errno)) }
}
