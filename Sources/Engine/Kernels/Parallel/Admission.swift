import Dispatch
import Synchronization

/// Lets as many passes compute at once as there are processors; further callers wait for their turn, in order. Each pass
/// has its own activations; were more passes running than processors, each would find its own gone from the caches.
///
/// Waiting blocks the thread, also one of Swift's own: what it waits for runs on other threads and waits for nothing.
package enum Admission {
  private struct State {
    var running = 0
    var waiting: [DispatchSemaphore] = []
  }

  private static let state = Mutex(State())
  /// Whether this is inside a pass already, which must not wait for itself.
  @TaskLocal private static var hasTurn = false

  /// Runs `body` when it is its turn.
  package static func withTurn<R>(_ body: () throws -> R) rethrows -> R {
    if hasTurn { return try body() }
    enter()
    defer { leave() }
    return try $hasTurn.withValue(true) { try body() }
  }

  private static func enter() {
    let turn = state.withLock { state -> DispatchSemaphore? in
      if state.waiting.isEmpty && state.running < max(Parallel.processors, Parallel.threads) {
        state.running += 1
        return nil
      }
      state.waiting.append(DispatchSemaphore(value: 0))
      return state.waiting.last
    }
    turn?.wait()
  }

  /// The next in order has the place of the one that leaves.
  private static func leave() {
    state.withLock { state in
      if state.waiting.isEmpty { state.running -= 1 } else { state.waiting.removeFirst().signal() }
    }
  }
}
