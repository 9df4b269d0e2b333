import Engine
import XCTest

/// When loops do with a thread less, played through without a clock.
final class ContentionTests: XCTestCase {
  private var contention = Contention()

  /// The pause, in microseconds, after threads that shared a processor at `now`.
  private func pause(at now: UInt64) -> UInt64 {
    contention.note(at: now)
    return contention.end - now
  }

  /// Found again after each pause, the pauses double up to 64 ms.
  func testPausesDouble() {
    XCTAssertEqual(contention.end, 0)
    var pauses: [UInt64] = []
    var now: UInt64 = 1_000_000
    for _ in 0..<8 {
      pauses.append(pause(at: now))
      now = contention.end + 10_000
    }
    XCTAssertEqual(pauses, [2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 64_000, 64_000])
  }

  /// What happens once in a while costs a short pause each time.
  func testRareOnesAreForgotten() {
    for now: UInt64 in [1_000_000, 1_100_000, 1_200_000] { XCTAssertEqual(pause(at: now), 2_000) }
  }
}
