import Colonnade
import Foundation

/// What tells a regular file from all others, by whatever name.
struct FileIdentity: Hashable {
  private let device, number: UInt64
  /// Without links.
  private let path: BytePath

  /// Nil where there is no such file.
  init?(_ path: BytePath) {
    var status = stat()
    guard path.withCString({ stat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG,
      let resolved = Self.resolved(path)
    else { return nil }
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
    self.path = resolved
  }

  static func == (a: Self, b: Self) -> Bool { a.device == b.device && a.number == b.number }

  func hash(into hasher: inout Hasher) {
    hasher.combine(device)
    hasher.combine(number)
  }

  /// Whether it is called like a report.
  var isReport: Bool {
    ["html", "htm"].contains((path.description as NSString).pathExtension.lowercased())
  }

  /// Whether it is in a folder, or in a folder there.
  func isIn(_ folder: BytePath) -> Bool {
    guard let folder = Self.resolved(folder) else { return false }
    return path.bytes.starts(with: folder.appending([UInt8]()).bytes)
  }

  /// Whether what is written to two paths would come to one place: one file, also where there is none yet, or the standard
  /// output. A device may be written to twice.
  static func isOnePlace(_ a: String, _ b: String) -> Bool {
    if OutputFile.isStandardOutput(a) || OutputFile.isStandardOutput(b) {
      return OutputFile.isStandardOutput(a) && OutputFile.isStandardOutput(b)
    }
    if let one = Self(BytePath(a)) { return one == Self(BytePath(b)) }
    return isAbsent(a) && isAbsent(b) && place(a) == place(b)
  }

  private static func isAbsent(_ path: String) -> Bool { !FileManager.default.fileExists(atPath: path) }

  /// Of a file that is not there yet: its folder without links, and its name.
  private static func place(_ path: String) -> BytePath? {
    let folder = (path as NSString).deletingLastPathComponent
    return resolved(BytePath(folder.isEmpty ? "." : folder))?
      .appending((path as NSString).lastPathComponent.utf8)
  }

  private static func resolved(_ path: BytePath) -> BytePath? {
    guard let resolved = path.withCString({ realpath($0, nil) }) else { return nil }
    defer { free(resolved) }
    return BytePath(bytes: Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved))))
  }
}
