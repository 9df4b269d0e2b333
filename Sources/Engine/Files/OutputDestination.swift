import Foundation

/// What stands where a file is to be written, links followed.
enum OutputDestination {
  /// This process's own standard output or error, by whatever name: its descriptor.
  case standardStream(Int32)
  /// A device or a pipe.
  case stream
  /// A regular file, or none yet: its path without links, and what stands there.
  case file(target: String, replacing: stat?)

  /// - Throws: ``WeightFileError/unwritable(file:reason:)`` where nothing can be written there.
  init(_ path: String) throws {
    if let stream = Self.streamNames[path] {
      self = .standardStream(stream)
      return
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      guard code == ENOENT && !path.isEmpty && !path.hasSuffix("/") else {
        throw Self.failure(path, code == ENOENT ? "there is no such folder" : String(cString: strerror(code)))
      }
      let target = Self.end(ofLinksFrom: path)
      try Self.check(folder: Self.folder(of: target), path)
      self = .file(target: target, replacing: nil)
      return
    }
    if let stream = Self.standardStream(status) {
      self = .standardStream(stream)
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw Self.failure(path, "it is a folder")
    // A file that has no name any more, but is open: /dev/fd/3.
    case S_IFREG where status.st_nlink > 0:
      guard access(path, W_OK) == 0, let resolved = realpath(path, nil) else {
        throw Self.failure(path, String(cString: strerror(errno)))
      }
      defer { free(resolved) }
      let target = String(cString: resolved)
      try Self.check(folder: Self.folder(of: target), path)
      self = .file(target: target, replacing: status)
    default: self = .stream
    }
  }

  /// The folder that a file is in: `.` for a bare name.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// By name: where a bare container has no such links, a file in /dev would take the place of what is meant.
  private static let streamNames = ["/dev/stdout": STDOUT_FILENO, "/dev/stderr": STDERR_FILENO]

  /// The descriptor of this process's standard output or error where that is it.
  private static func standardStream(_ status: stat) -> Int32? {
    [STDOUT_FILENO, STDERR_FILENO].first { descriptor in
      var own = stat()
      return fstat(descriptor, &own) == 0 && own.st_dev == status.st_dev && own.st_ino == status.st_ino
    }
  }

  /// What links that lead to nothing lead to; the path itself where it is no link.
  private static func end(ofLinksFrom path: String) -> String {
    var path = path
    // As many as Linux follows; a circle has been refused before.
    for _ in 0..<40 {
      var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(path, &bytes, bytes.count)
      guard count > 0 else { break }
      let target = String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      path = target.hasPrefix("/") ? target : "\(folder(of: path))/\(target)"
    }
    return path
  }

  private static func check(folder: String, _ path: String) throws {
    var status = stat()
    guard stat(folder, &status) == 0 else { throw failure(path, "there is no folder \(folder)") }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw failure(path, "\(folder) is not a folder") }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw failure(path, "no permission to write in \(folder)")
    }
  }

  private static func failure(_ path: String, _ reason: String) -> WeightFileError {
    .unwritable(file: path, reason: reason)
  }
}
