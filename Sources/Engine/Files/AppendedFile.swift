import Foundation

/// A new file that grows while others read it: a log for a program that watches. What is written stays, whatever comes after;
/// where the process is killed its end may be cut off. Anything else is written by ``OutputFile``.
package final class AppendedFile {
  private let path: String
  private let descriptor: Int32

  /// - Throws: ``WeightFileError/unwritable(file:reason:)``, also where there is a file of that name.
  package init(path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path, errno) }
  }

  /// - Throws: ``WeightFileError/unwritable(file:reason:)``.
  package func write(_ data: Data) throws {
    let code = data.withUnsafeBytes { DescriptorWriting.write($0, to: descriptor) }
    guard code == 0 else { throw Self.failure(path, code) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func failure(_ path: String, _ code: Int32) -> WeightFileError {
    .unwritable(file: path, reason: String(cString: strerror(code)))
  }
}
