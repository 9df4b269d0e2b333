import Dispatch

/// Who computes and who waits for it, see ``Admission``: without a clock and without threads, so that tests can play through
/// what they do.
package struct Places {
  /// A caller that waits.
  package final class Waiter: @unchecked Sendable {
    let wake = DispatchSemaphore(value: 0)
    let threads: Int
    /// When the turn that was handed to it began; nil where it is woken to see for itself. Changed under the lock.
    package fileprivate(set) var begin: ContinuousClock.Instant?

    fileprivate init(threads: Int) { self.threads = threads }
  }

  /// How long who comes again keeps a place that others wait for.
  private static let turn = Duration.milliseconds(50)

  /// How many threads there are for all passes.
  package var threads: Int
  /// How many passes have a place.
  private(set) var running = 0
  private var passesAreLong = false
  /// In the order in which they came.
  private var waiting: [Waiter] = []
  /// When the turns began whose places are free, while others wait.
  private var free: [ContinuousClock.Instant] = []

  package init(threads: Int) { self.threads = threads }

  /// Whether one more may compute, which may have so many threads.
  private func hasPlace(threads: Int) -> Bool {
    running < max(1, self.threads / (passesAreLong ? min(threads, 2) : 1))
  }

  /// What a pass finds that comes.
  package enum Entry: Sendable {
    case place(since: ContinuousClock.Instant)
    case wait(Waiter)
  }

  /// A place for a pass of at most so many threads, and when its turn began; without one it stands behind those that wait.
  package mutating func enter(threads: Int, now: ContinuousClock.Instant) -> Entry {
    if hasPlace(threads: threads) {
      running += 1
      return .place(since: free.popLast() ?? now)
    }
    let waiter = Waiter(threads: threads)
    waiting.append(waiter)
    return .wait(waiter)
  }

  /// A place for who has been woken.
  /// - Returns: when its turn began; nil where another was faster.
  package mutating func enter(_ waiter: Waiter, now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    if let begin = waiter.begin { return begin }
    guard hasPlace(threads: waiter.threads) else { return nil }
    running += 1
    _ = free.popLast()
    waiting.removeAll { $0 === waiter }
    return now
  }

  /// Gives the place back of a pass whose turn began at `begin`: to the first that waits where the turn is over, else to whoever
  /// comes first.
  /// - Returns: whom to wake.
  package mutating func leave(
    _ begin: ContinuousClock.Instant, now: ContinuousClock.Instant, isLong: Bool
  ) -> Waiter? {
    running -= 1
    passesAreLong = isLong
    guard let next = waiting.first else {
      free = []
      return nil
    }
    // Where passes have become long, those that compute already are more than may, and wake it when they end.
    guard hasPlace(threads: next.threads) else { return nil }
    if now - begin >= Self.turn {
      waiting.removeFirst()
      running += 1
      next.begin = now
    } else {
      free.append(begin)
    }
    return next
  }

  /// Whom to wake besides: of two places that became free at once, both woke the same waiter.
  package var another: Waiter? {
    guard let next = waiting.first, hasPlace(threads: next.threads) else { return nil }
    return next
  }
}
