import Engine
import Foundation

/// Reads files, pipes and devices whole, and says in a few words why one cannot be read.
package enum FileReading {
  /// Why something cannot be read.
  package struct Failure: Error {
    package let reason: String
  }

  /// All bytes of a file, a pipe or a device.
  package static func data(_ path: BytePath, limit: Int = Image.maximumFileBytes) throws(Failure) -> Data {
    let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw Failure(reason: reason(errno)) }
    defer { close(descriptor) }
    return try data(descriptor: descriptor, limit: limit)
  }

  /// All bytes that are left in an open file, pipe or device. What it says of its size is a hint, no more.
  package static func data(
    descriptor: Int32, limit: Int = Image.maximumFileBytes
  ) throws(Failure) -> Data {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Failure(reason: reason(errno)) }
    if status.st_mode & S_IFMT == S_IFDIR { throw Failure(reason: "it is a folder") }
    let size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
    guard size <= limit else { throw tooLong(limit) }
    do {
      let (memory, count) = try DescriptorReading.all(from: descriptor, expecting: size, limit: limit)
      return Data(bytesNoCopy: memory, count: count, deallocator: .free)
    } catch {
      switch error {
      case .system(let code): throw Failure(reason: reason(code))
      case .tooLong: throw tooLong(limit)
      }
    }
  }

  /// The first bytes of a file, at most `count`; none where it cannot be read.
  package static func beginning(_ path: BytePath, count: Int) -> [UInt8] {
    let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = max(0, read(descriptor, buffer.baseAddress!, count))
    }
  }

  private static func tooLong(_ limit: Int) -> Failure {
    Failure(reason: "it is longer than the \(limit >> 20) MiB allowed")
  }

  /// The system's error in words.
  package static func reason(_ code: Int32) -> String {
    switch code {
    case ENOENT: "no such file"
    case EACCES: "permission denied"
    default: String(cString: strerror(code))
    }
  }

  package static func reason(_ error: any Error, _ url: URL) -> String {
    switch isFolder(url) {
    case nil: "no such file"
    case true?: "it is a folder"
    case false?: error.localizedDescription
    }
  }

  /// A path as an address. A tilde at its beginning is a name like any other: the shell has replaced those that mean a
  /// home, and Foundation would replace the rest.
  package static func url(_ path: String) -> URL {
    URL(fileURLWithPath: path.hasPrefix("~") ? "./\(path)" : path)
  }

  /// Nil where there is nothing.
  package static func isFolder(_ url: URL) -> Bool? {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory)
      ? isDirectory.boolValue : nil
  }
}
