import Synchronization

/// Lets only so many passes compute at once that none takes another's processor; further callers wait for their turn.
///
/// Short passes have a thread each: what they would lose by waiting for each other's threads after every layer is more than what
/// they lose by sharing the caches. Long ones have two, where there are two: each pass has its own activations and comes by
/// the weights at its own time, and two of ResNet-50 with a thread each are up to 5 % slower than one after the other with two.
/// A pass is taken to be as long as the last one that ended.
///
/// A turn lasts for 50 ms, or one pass where that takes longer: until then whoever comes first has the place of a pass that
/// has ended, which is the same caller where it comes again at once. Were the place handed to the longest waiting after every pass,
/// a processor would idle each time until the system had woken that one: a sixth of the time of SqueezeNet's passes. Afterwards it
/// is handed over, so that nobody waits longer than the turns of those who came before.
///
/// Waiting blocks the thread, also one of Swift's own: what it waits for runs on other threads and waits for nothing.
package enum Admission {
  /// Of one thread. GoogLeNet's passes take 26 to 40 ms of it, ResNet-50's 75 to 130 by the machine and its moment, which must not
  /// make of them now short ones and now long.
  private static let longPass = Duration.milliseconds(50)

  private static let places = Mutex(Places(threads: 1))
  private static let running = Atomic<Int>(0)

  /// How many passes compute. Between two loops a pass computes too: who takes its processor then slows it.
  static var passes: Int { running.load(ordering: .relaxed) }

  /// Whether this is inside a pass already, which must not wait for itself.
  @TaskLocal private static var hasTurn = false

  /// Runs `body` when it is its turn.
  package static func withTurn<R>(_ body: () throws -> R) rethrows -> R {
    if hasTurn { return try body() }
    let threads = Parallel.threadsHere
    let turnBegin = enter(threads)
    let (begin, passes) = (ContinuousClock.now, passes)
    defer { leave(turnBegin, isLong: (.now - begin) * max(1, threads / passes) >= longPass) }
    return try $hasTurn.withValue(true) { try body() }
  }

  /// - Returns: when the turn began.
  private static func enter(_ threads: Int) -> ContinuousClock.Instant {
    let waiter: Places.Waiter
    switch withPlaces({ $0.enter(threads: threads, now: .now) }) {
    case .place(let begin): return begin
    case .wait(let found): waiter = found
    }
    while true {
      waiter.wake.wait()
      let (begin, another) = withPlaces { places in
        let begin = places.enter(waiter, now: .now)
        return (begin, begin == nil ? nil : places.another)
      }
      another?.wake.signal()
      if let begin { return begin }
    }
  }

  private static func leave(_ begin: ContinuousClock.Instant, isLong: Bool) {
    guard let next = withPlaces({ $0.leave(begin, now: .now, isLong: isLong) }) else { return }
    // While a worker spins the system knows no free processor for who is woken, and gives it the worker's: the two
    // then share one for milliseconds, and that of who leaves idles.
    if next.begin != nil { Worker.rest() }
    next.wake.signal()
  }

  private static func withPlaces<R: Sendable>(_ body: (inout Places) -> R) -> R {
    places.withLock { places in
      places.threads = max(Parallel.processors, Parallel.threads)
      defer { running.store(places.running, ordering: .relaxed) }
      return body(&places)
    }
  }
}
