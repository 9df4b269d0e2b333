import Foundation
import Synchronization

/// Files that are being written: so that a process that is told to end leaves none of them behind.
package enum PartialFiles {
  private static let paths = Mutex<Set<String>>([])

  static func add(_ path: String) { paths.withLock { _ = $0.insert(path) } }
  static func forget(_ path: String) { paths.withLock { _ = $0.remove(path) } }

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

  /// Removes them all. The process must end: whoever is writing one of them gets an error.
  package static func removeAll() {
    for path in paths.withLock({ $0 }) { unlink(path) }
  }
}
