import CAffinity
import Foundation
import Synchronization

/// Numbers of the first two processors that this process may use; nil where it has one, or the system does not tell.
func firstTwoProcessors() -> [Int32]? {
  var processors: [Int32] = [0, 0]
  return affinity_allowed(&processors, 2) == 2 ? processors : nil
}

/// Runs each body on a thread of its own, the first pinned to the first processor and so on, and waits for all.
/// - Returns: false where the system would not pin one; all have run nevertheless.
func onPinnedThreads(_ processors: [Int32], _ bodies: @Sendable () -> Void...) -> Bool {
  let arePinned = Mutex(true)
  let running = DispatchGroup()
  for (processor, body) in zip(processors, bodies) {
    running.enter()
    Thread.detachNewThread {
      if affinity_pin(processor) != 0 { arePinned.withLock { $0 = false } }
      body()
      running.leave()
    }
  }
  running.wait()
  return arePinned.withLock { $0 }
}
