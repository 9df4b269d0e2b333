import Foundation
import Synchronization

/// Files that are being written: so that a process that is told to end leaves none of them behind.
package enum PartialFiles {
  private static let paths = Mutex<Set<String>>([])

  static func add(_ path: String) { paths.withLock { _ = $0.insert(path) } }
  static func forget(_ path: String) { paths.withLock { _ = $0.remove(path) } }

  /// Removes them all. The process must end: whoever is writing one of them gets an error.
  package static func removeAll() {
    for path in paths.withLock({ $0 }) { unlink(path) }
  }
}
