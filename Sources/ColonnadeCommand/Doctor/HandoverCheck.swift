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
  /// What all samples may take: where both processors have other work, each hand-over can wait for a slice of the system's time.
  private static let patience = Duration.milliseconds(500)

  static func run() -> Finding {
    let name = "hand-over"
    guard ProcessorAllowance.current.count > 1 else {
      return Finding(name, .passed, "one processor hands nothing over")
    }
    let deadline = ContinuousClock.now + patience
    let times = (0..<samples).compactMap { _ in pingPong(until: deadline) }.sorted()
    guard times.count == samples else {
      return Finding(name, .warning, "not measured: the processors are busy with something else")
    }
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

  /// Nanoseconds from a store until another thread sees it: half a round, on average. Nil where that was not done in time.
  private static func pingPong(until deadline: ContinuousClock.Instant) -> Double? {
    let turn = Turn(deadline: deadline)
    let other = Thread {
      for round in 0..<rounds {
        guard turn.wait(for: 2 * round + 1) else { return }
        turn.pass(2 * round + 2)
      }
    }
    other.start()
    // The first round waits for the thread to begin.
    turn.pass(1)
    guard turn.wait(for: 2) else { return nil }
    let start = ContinuousClock.now
    for round in 1..<rounds {
      turn.pass(2 * round + 1)
      guard turn.wait(for: 2 * round + 2) else { return nil }
    }
    return (ContinuousClock.now - start) / .nanoseconds(1) / Double(2 * (rounds - 1))
  }

  private final class Turn: Sendable {
    private let value = Atomic<Int>(0)
    private let deadline: ContinuousClock.Instant

    init(deadline: ContinuousClock.Instant) { self.deadline = deadline }

    func pass(_ turn: Int) { value.store(turn, ordering: .releasing) }

    /// False where the deadline passed.
    func wait(for turn: Int) -> Bool {
      var looks = 0
      while value.load(ordering: .acquiring) != turn {
        looks &+= 1
        // Seldom: reading the clock takes as long as what is measured.
        if looks % 4096 == 0, ContinuousClock.now > deadline { return false }
      }
      return true
    }
  }
}
