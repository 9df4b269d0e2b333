import Foundation
import Synchronization

/// Files that are being written: so that a process that is told to end leaves none of them behind.
package enum PartialFiles {
  private struct Files {
    var paths: Set<String> = []
    var areRemoved = false
  }

  private static let files = Mutex(Files())

  /// Makes one. Where all of them have been removed it never returns: the process is about to end.
  /// - Parameter open: what makes it; returns its descriptor, or a negative number.
  static func add(_ path: String, _ open: () -> Int32) -> Int32 {
    let descriptor = files.withLock { files -> Int32? in
      if files.areRemoved { return nil }
      let descriptor = open()
      if descriptor >= 0 { files.paths.insert(path) }
      return descriptor
    }
    guard let descriptor else { while true { pause() } }
    return descriptor
  }

  static func forget(_ path: String) { files.withLock { _ = $0.paths.remove(path) } }

  /// The name of a partial file of this process, which no other file has.
  static func name() -> String { "\(prefix)\(getpid())-\(UInt32.random(in: 0 ... .max))\(suffix)" }

  private static let (prefix, suffix) = ("colonnade-", ".partial")

  /// Whether a file of this name was left behind by a process that is no more: one that was killed had no time to remove it.
  /// - Parameter name: without its folder.
  package static func isLeftOver(_ name: String) -> Bool {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return false }
    let parts = name.dropFirst(prefix.count).dropLast(suffix.count).split(separator: "-")
    guard parts.count == 2, let process = pid_t(parts[0]), process > 0, UInt32(parts[1]) != nil else {
      return false
    }
    return kill(process, 0) != 0 && errno == ESRCH
  }

  /// Removes what processes that are no more left behind in a folder.
  package static func removeLeftOvers(in folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where isLeftOver(name) {
      unlink("\(folder)/\(name)")
    }
  }

  /// Removes them all. The process must end: whoever is writing one of them gets an error, and who begins another one waits for
  /// ever.
  package static func removeAll() {
    files.withLock { files in
      files.areRemoved = true
      for path in files.paths { unlink(path) }
    }
  }
}
