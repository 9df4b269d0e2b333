import Engine
import XCTest

/// When loops do with a thread less, played through without a clock.
final class ContentionTests: XCTestCase {
  private var contention = Contention()

  /// A loop that began at `begin` and whose first thread was done after so many microseconds, the last after so many; the pause
  /// after it.
  @discardableResult
  private func pause(at begin: UInt64, first: UInt64, last: UInt64, tasksPerThread: Int = 50) -> UInt64 {
    contention.note(tasksPerThread: tasksPerThread, begin: begin, first: begin + first, last: begin + last)
    return contention.end > 0 ? contention.end - begin - last : 0
  }

  func testWhoIsHeldUpIsSpared() {
    XCTAssertEqual(pause(at: 1_000_000, first: 100, last: 4_100), 8_000)
  }

  /// Tasks of unequal length, loops of few tasks, and moments are no sign of others.
  func testUnequalTasksAreNoSign() {
    XCTAssertEqual(pause(at: 1_000_000, first: 30_000, last: 35_000), 0)
    XCTAssertEqual(pause(at: 1_000_000, first: 1_000, last: 5_000, tasksPerThread: 3), 0)
    XCTAssertEqual(pause(at: 1_000_000, first: 50, last: 540), 0)
    XCTAssertEqual(pause(at: 1_000_000, first: 100, last: 5_000, tasksPerThread: 3), 8_000)
  }

  /// Found again after each pause, the pauses double up to 128 ms.
  func testPausesDouble() {
    var pauses: [UInt64] = []
    var now: UInt64 = 1_000_000
    for _ in 0..<7 {
      pauses.append(pause(at: now, first: 100, last: 8_100))
      now = contention.end + 10_000
    }
    XCTAssertEqual(pauses, [8_000, 16_000, 32_000, 64_000, 128_000, 128_000, 128_000])
  }

  /// What happens once in a while costs a short pause each time.
  func testRareOnesAreForgotten() {
    for now: UInt64 in [1_000_000, 1_100_000, 1_200_000] {
      XCTAssertEqual(pause(at: now, first: 100, last: 3_100), 8_000)
    }
  }
}
