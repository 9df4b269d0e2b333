import Foundation
import Synchronization

/// The numbers of the processors that this process may use; empty where the system does not tell.
func allowedProcessors() -> [Int] {
  #if os(Linux)
    var set = cpu_set_t()
    guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else { return [] }
    return withUnsafeBytes(of: set) { bytes in
      (0..<8 * bytes.count).filter { bytes[$0 / 8] >> ($0 % 8) & 1 == 1 }
    }
  #else
    return []
  #endif
}

/// Runs each body on a thread of its own, the first pinned to the first processor and so on, and waits for all.
/// - Returns: false where the system would not pin one; all have run nevertheless.
func onPinnedThreads(_ processors: [Int], _ bodies: @Sendable () -> Void...) -> Bool {
  let arePinned = Mutex(true)
  let running = DispatchGroup()
  for (processor, body) in zip(processors, bodies) {
    running.enter()
    Thread.detachNewThread {
      if !pinThread(to: processor) { arePinned.withLock { $0 = false } }
      body()
      running.leave()
    }
  }
  running.wait()
  return arePinned.withLock { $0 }
}

private func pinThread(to processor: Int) -> Bool {
  #if os(Linux)
    var set = cpu_set_t()
    withUnsafeMutableBytes(of: &set) { $0[processor / 8] |= 1 << (processor % 8) }
    return pthread_setaffinity_np(pthread_self(), MemoryLayout<cpu_set_t>.size, &set) == 0
  #else
    return false
  #endif
}
