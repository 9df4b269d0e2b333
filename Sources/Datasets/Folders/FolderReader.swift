import Foundation
import Images

/// Reads folders by the system's calls, which tell an entry's kind with its name: of all files only links, and those on
/// file systems that keep no kinds, are looked at one by one.
enum FolderReader {
  /// What an entry is; of a link, what it leads to.
  enum Kind { case file, folder, other }

  /// Tells whether two paths are one folder.
  struct Identity: Hashable {
    let device, inode: UInt64
  }

  private static let nameOffset = MemoryLayout<dirent>.offset(of: \dirent.d_name)!

  /// Calls `body` with the name and kind of every entry, in no order, until it says that it is enough.
  /// - Throws: ``DatasetError/unreadable(path:reason:)``.
  @discardableResult
  static func read(_ path: BytePath, _ body: (UnsafeBufferPointer<UInt8>, Kind) -> Bool) throws -> Identity {
    guard let stream = path.withCString({ opendir($0) }) else {
      throw DatasetError.unreadable(path: path.description, reason: reason(errno))
    }
    defer { closedir(stream) }
    var status = stat()
    guard fstat(dirfd(stream), &status) == 0 else {
      throw DatasetError.unreadable(path: path.description, reason: reason(errno))
    }
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno == 0 { break }
        throw DatasetError.unreadable(path: path.description, reason: reason(errno))
      }
      let name = UnsafeRawPointer(entry) + nameOffset
      let text = name.assumingMemoryBound(to: CChar.self)
      let length = strlen(text)
      if isSelfOrParent(text) { continue }
      let bytes = UnsafeBufferPointer(start: name.assumingMemoryBound(to: UInt8.self), count: length)
      guard body(bytes, kind(Int32(entry.pointee.d_type), text, in: dirfd(stream))) else { break }
    }
    return Identity(
      device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(truncatingIfNeeded: status.st_ino))
  }

  private static func isSelfOrParent(_ name: UnsafePointer<CChar>) -> Bool {
    let dot = CChar(UInt8(ascii: "."))
    return name[0] == dot && (name[1] == 0 || (name[1] == dot && name[2] == 0))
  }

  private static func kind(_ type: Int32, _ name: UnsafePointer<CChar>, in folder: Int32) -> Kind {
    switch type {
    case Int32(DT_REG): return .file
    case Int32(DT_DIR): return .folder
    case Int32(DT_LNK), Int32(DT_UNKNOWN):
      var status = stat()
      guard fstatat(folder, name, &status, 0) == 0 else { return .other }
      switch status.st_mode & S_IFMT {
      case S_IFREG: return .file
      case S_IFDIR: return .folder
      default: return .other
      }
    default: return .other
    }
  }

  private static func reason(_ code: Int32) -> String {
    switch code {
    case ENOENT: "no such folder"
    case ENOTDIR: "it is not a folder"
    default: FileReading.reason(code)
    }
  }
}
