import Dispatch
import Synchronization

/// Lets only so many passes compute at once that none takes another's processor; further callers wait for their turn.
///
/// Short passes have a thread each: what they would lose by waiting for each other's threads after every layer is more than what
/// they lose by sharing the caches. Long ones have two, where there are two: each pass has its own activations and comes by
/// the weights at its own time, and two of ResNet-50 with a thread each are up to 5 % slower than one after the other with two.
/// A pass is taken to be as long as the last one that ended.
///
/// A turn lasts for ``turn``, or one pass where that takes longer: until then whoever comes first has the place of a pass that
/// has ended, which is the same caller where it comes again at once. Were the place handed to the longest waiting after every pass,
/// a processor would idle each time until the system had woken that one: a sixth of the time of SqueezeNet's passes. Afterwards it
/// is handed over, so that nobody waits longer than the turns of those who came before.
///
/// Waiting blocks the thread, also one of Swift's own: what it waits for runs on other threads and waits for nothing.
package enum Admission {
  private static let turn = Duration.milliseconds(50)
  /// Of one thread.
  private static let longPass = Duration.milliseconds(100)

  private final class Waiter: @unchecked Sendable {
    let wake = DispatchSemaphore(value: 0)
    let threads: Int
    /// When the turn that was handed to it began; nil where it is woken to see for itself. Changed under the lock.
    var begin: ContinuousClock.Instant?

    init(threads: Int) { self.threads = threads }
  }

  private struct State {
    var running = 0
    var passesAreLong = false
    /// In the order in which they came.
    var waiting: [Waiter] = []
    /// When the turns began whose places are free, while others wait.
    var free: [ContinuousClock.Instant] = []

    /// Whether one more may compute, which may have so many threads.
    func hasPlace(threads: Int) -> Bool {
      running < max(1, max(Parallel.processors, Parallel.threads) / (passesAreLong ? min(threads, 2) : 1))
    }
  }

  private static let state = Mutex(State())
  private static let computing = Atomic<Int>(0)

  /// How many passes compute. Between two loops a pass computes too: who takes its processor then slows it.
  static var passes: Int { computing.load(ordering: .relaxed) }

  /// Whether this is inside a pass already, which must not wait for itself.
  @TaskLocal private static var hasTurn = false

  /// Runs `body` when it is its turn.
  package static func withTurn<R>(_ body: () throws -> R) rethrows -> R {
    if hasTurn { return try body() }
    let threads = Parallel.threadsHere
    let turnBegin = enter(threads)
    let passes = computing.add(1, ordering: .relaxed).newValue
    let begin = ContinuousClock.now
    defer {
      computing.subtract(1, ordering: .relaxed)
      leave(turnBegin, isLong: (.now - begin) * max(1, threads / passes) >= longPass)
    }
    return try $hasTurn.withValue(true) { try body() }
  }

  /// - Returns: when the turn began.
  private static func enter(_ threads: Int) -> ContinuousClock.Instant {
    let (waiter, begin) = state.withLock { state -> (Waiter?, ContinuousClock.Instant) in
      if state.hasPlace(threads: threads) {
        state.running += 1
        return (nil, state.free.popLast() ?? .now)
      }
      let waiter = Waiter(threads: threads)
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
      guard state.hasPlace(threads: waiter.threads) else { return nil }
      state.running += 1
      _ = state.free.popLast()
      state.waiting.removeAll { $0 === waiter }
    }
    // Of two places that became free at once, both woke the same waiter.
    if let next = state.waiting.first, state.hasPlace(threads: next.threads) { next.wake.signal() }
    return waiter.begin ?? .now
  }

  private static func leave(_ begin: ContinuousClock.Instant, isLong: Bool) {
    let now = ContinuousClock.now
    state.withLock { state in
      state.running -= 1
      state.passesAreLong = isLong
      guard let next = state.waiting.first else {
        state.free = []
        return
      }
      // Where passes have become long, those that compute already are more than may, and wake it when they end.
      guard state.hasPlace(threads: next.threads) else { return }
      if now - begin >= turn {
        state.waiting.removeFirst()
        state.running += 1
        next.begin = now
      } else {
        state.free.append(begin)
      }
      next.wake.signal()
    }
  }
}
