import Colonnade
import Foundation
import Synchronization

/// How near two processors are to each other: how long one waits to see what the other has written. Those that share a
/// last-level cache are near; on a shared machine the same two may be near in one hour and far in the next.
enum HandoverCheck {
  private static let rounds = 1000
  private static let samples = 15
  /// Below this they share a cache, in nanoseconds.
  private static let near = 100.0
  /// Beyond this something else had the processor.
  private static let disturbed = 2000.0

  static func run() -> Finding {
    let name = "hand-over"
    guard ProcessorAllowance.current.count > 1 else {
      return Finding(name, .passed, "one processor hands nothing over")
    }
    let times = (0..<samples).map { _ in pingPong() }.sorted()
    let median = times[samples / 2]
    let measured = ["pingpong_ns": median]
    let detail = "\(fixed(median, 0)) ns from one processor to another: "
    if median < near { return Finding(name, .passed, detail + "near", measured: measured) }
    if median > disturbed {
      return Finding(name, .warning, detail + "they are busy with something else", measured: measured)
    }
    return Finding(
      name, .passed, detail + "far, as between two caches", measured: measured)
  }

  /// Nanoseconds from a store until another thread sees it: half a round, on average.
  private static func pingPong() -> Double {
    let turn = Turn()
    let other = Thread {
      for round in 0..<rounds {
        turn.wait(for: 2 * round + 1)
        turn.pass(2 * round + 2)
      }
    }
    other.start()
    // The first round waits for the thread to begin.
    turn.pass(1)
    turn.wait(for: 2)
    let start = ContinuousClock.now
    for round in 1..<rounds {
      turn.pass(2 * round + 1)
      turn.wait(for: 2 * round + 2)
    }
    return (ContinuousClock.now - start) / .nanoseconds(1) / Double(2 * (rounds - 1))
  }

  private final class Turn: Sendable {
    private let value = Atomic<Int>(0)

    func pass(_ turn: Int) { value.store(turn, ordering: .releasing) }
    func wait(for turn: Int) { while value.load(ordering: .acquiring) != turn {} }
  }
}
