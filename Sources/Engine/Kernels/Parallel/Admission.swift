import Dispatch
import Synchronization

/// Lets as many passes compute at once as there are processors; further callers wait for their turn. Each pass has its own
/// activations; were more passes running than processors, each would find its own gone from the caches.
///
/// A turn lasts for ``turn``, or one pass where that takes longer: until then whoever comes first has the place of a pass that
/// has ended, which is the same caller where it comes again at once. Were the place handed to the longest waiting after every pass,
/// a processor would idle each time until the system had woken that one: a sixth of the time of SqueezeNet's passes. Afterwards it
/// is handed over, so that nobody waits longer than the turns of those who came before.
///
/// Waiting blocks the thread, also one of Swift's own: what it waits for runs on other threads and waits for nothing.
package enum Admission {
  private static let turn = Duration.milliseconds(50)

  private final class Waiter: @unchecked Sendable {
    let wake = DispatchSemaphore(value: 0)
    /// When the turn that was handed to it began; nil where it is woken to see for itself. Changed under the lock.
    var begin: ContinuousClock.Instant?
  }

  private struct State {
    var running = 0
    /// In the order in which they came.
    var waiting: [Waiter] = []
    /// When the turns began whose places are free, while others wait.
    var free: [ContinuousClock.Instant] = []
  }

  private static let state = Mutex(State())
  private static let wanting = Atomic<Int>(0)

  /// How many passes compute or wait to. Between two loops a pass computes too: who takes its processor then slows it.
  static var passes: Int { wanting.load(ordering: .relaxed) }

  /// Whether this is inside a pass already, which must not wait for itself.
  @TaskLocal private static var hasTurn = false

  private static var places: Int { max(Parallel.processors, Parallel.threads) }

  /// Runs `body` when it is its turn.
  package static func withTurn<R>(_ body: () throws -> R) rethrows -> R {
    if hasTurn { return try body() }
    wanting.add(1, ordering: .relaxed)
    defer { wanting.subtract(1, ordering: .relaxed) }
    let begin = enter()
    defer { leave(begin) }
    return try $hasTurn.withValue(true) { try body() }
  }

  /// - Returns: when the turn began.
  private static func enter() -> ContinuousClock.Instant {
    let (waiter, begin) = state.withLock { state -> (Waiter?, ContinuousClock.Instant) in
      if state.running < places {
        state.running += 1
        return (nil, state.free.popLast() ?? .now)
      }
      let waiter = Waiter()
      state.waiting.append(waiter)
      return (waiter, .now)
    }
    guard let waiter else { return begin }
    while true {
      waiter.wake.wait()
      if let begin = state.withLock({ takePlace(waiter, &$0) }) { return begin }
    }
  }

  /// Nil where another was faster.
  private static func takePlace(_ waiter: Waiter, _ state: inout State) -> ContinuousClock.Instant? {
    if waiter.begin == nil {
      guard state.running < places else { return nil }
      state.running += 1
      _ = state.free.popLast()
      state.waiting.removeAll { $0 === waiter }
    }
    // Of two places that became free at once, both woke the same waiter.
    if state.running < places { state.waiting.first?.wake.signal() }
    return waiter.begin ?? .now
  }

  private static func leave(_ begin: ContinuousClock.Instant) {
    let now = ContinuousClock.now
    state.withLock { state in
      if state.waiting.isEmpty {
        state.running -= 1
        state.free = []
      } else if now - begin >= turn {
        let next = state.waiting.removeFirst()
        next.begin = now
        next.wake.signal()
      } else {
        state.running -= 1
        state.free.append(begin)
        state.waiting[0].wake.signal()
      }
    }
  }
}
