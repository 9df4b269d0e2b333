import Engine
import Synchronization
import XCTest

final class ParallelStressTests: XCTestCase {
  /// A helper that is slow to let go of a finished call must not outlive it: short calls in close succession.
  func testManyShortCalls() {
    let threads = Parallel.threads
    Parallel.threads = 2
    defer { Parallel.threads = threads }
    for round in 0..<30_000 {
      let sum = Atomic<Int>(0)
      Parallel.forEach(5) { sum.add($0 + round, ordering: .relaxed) }
      guard sum.load(ordering: .relaxed) == 10 + 5 * round else { return XCTFail("round \(round)") }
    }
  }
}
