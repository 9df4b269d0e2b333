import Engine
import XCTest

/// What ``Admission`` decides, played through without a clock.
final class PlacesTests: XCTestCase {
  private let start = ContinuousClock.now
  private var places = Places(threads: 2)

  private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

  /// When its turn began, in milliseconds; nil where it has to wait.
  private func comes(at time: Int, threads: Int = 2) -> (since: Int?, waiter: Places.Waiter?) {
    switch places.enter(threads: threads, now: at(time)) {
    case .place(let begin): (Int(((begin - start) / .milliseconds(1)).rounded()), nil)
    case .wait(let waiter): (nil, waiter)
    }
  }

  private func leaves(since: Int, at time: Int, isLong: Bool = false) -> Places.Waiter? {
    places.leave(at(since), now: at(time), isLong: isLong)
  }

  /// Who comes again within 50 ms keeps its place; then it goes to the first that waits, and to nobody before that one.
  func testATurnOfShortPasses() throws {
    XCTAssertEqual(comes(at: 0).since, 0)
    XCTAssertEqual(comes(at: 1).since, 1)
    let first = try XCTUnwrap(comes(at: 2).waiter)
    let second = try XCTUnwrap(comes(at: 3).waiter)

    XCTAssertIdentical(leaves(since: 0, at: 10), first, "it is woken in case that nobody comes again")
    XCTAssertEqual(comes(at: 10).since, 0, "the turn goes on")
    XCTAssertNil(places.enter(first, now: at(11)))
    XCTAssertIdentical(leaves(since: 0, at: 49), first)
    XCTAssertEqual(comes(at: 49).since, 0)
    XCTAssertIdentical(leaves(since: 0, at: 50), first, "the turn is over")
    let last = try XCTUnwrap(comes(at: 50).waiter, "it comes again, and has to wait")
    XCTAssertEqual(places.enter(first, now: at(60)), at(50))

    XCTAssertIdentical(leaves(since: 1, at: 70), second)
    XCTAssertEqual(places.enter(second, now: at(70)), at(70))
    XCTAssertIdentical(leaves(since: 70, at: 120), last)
    XCTAssertEqual(places.enter(last, now: at(120)), at(120))
  }

  /// A free place is taken by who waits where nobody comes again, and its turn begins then.
  func testNobodyComesAgain() throws {
    XCTAssertEqual(comes(at: 0).since, 0)
    XCTAssertEqual(comes(at: 0).since, 0)
    let waiter = try XCTUnwrap(comes(at: 1).waiter)
    XCTAssertIdentical(leaves(since: 0, at: 10), waiter)
    XCTAssertEqual(places.enter(waiter, now: at(11)), at(11))
    XCTAssertNil(places.another)
    XCTAssertNil(leaves(since: 0, at: 12))
    XCTAssertEqual(comes(at: 13).since, 13, "no turn from before goes on where nobody waits")
  }

  /// Two places that become free at once wake the same waiter, which wakes the next.
  func testTwoPlacesBecomeFree() throws {
    XCTAssertEqual(comes(at: 0).since, 0)
    XCTAssertEqual(comes(at: 0).since, 0)
    let first = try XCTUnwrap(comes(at: 1).waiter)
    let second = try XCTUnwrap(comes(at: 2).waiter)
    XCTAssertIdentical(leaves(since: 0, at: 10), first)
    XCTAssertIdentical(leaves(since: 0, at: 10), first)
    XCTAssertEqual(places.enter(first, now: at(11)), at(11))
    XCTAssertIdentical(places.another, second)
    XCTAssertEqual(places.enter(second, now: at(11)), at(11))
  }

  /// Long passes have two threads each, where they may have two.
  func testLongPasses() throws {
    XCTAssertEqual(comes(at: 0).since, 0)
    XCTAssertNil(leaves(since: 0, at: 60, isLong: true))
    XCTAssertEqual(comes(at: 60).since, 60)
    let waiter = try XCTUnwrap(comes(at: 61).waiter)
    XCTAssertIdentical(leaves(since: 60, at: 120, isLong: true), waiter)
    XCTAssertNotNil(comes(at: 120).waiter)
    XCTAssertEqual(places.enter(waiter, now: at(121)), at(120))

    places = Places(threads: 2)
    XCTAssertEqual(comes(at: 0, threads: 1).since, 0)
    XCTAssertNil(leaves(since: 0, at: 120, isLong: true))
    XCTAssertEqual(comes(at: 120, threads: 1).since, 120)
    XCTAssertEqual(comes(at: 121, threads: 1).since, 121, "two long passes of a thread each")
  }

  /// Where passes become long, more compute than may: the next waits until all but it have ended.
  func testPassesBecomeLong() throws {
    XCTAssertEqual(comes(at: 0).since, 0)
    XCTAssertEqual(comes(at: 0).since, 0)
    let waiter = try XCTUnwrap(comes(at: 1).waiter)
    XCTAssertNil(leaves(since: 0, at: 200, isLong: true), "one computes still")
    XCTAssertIdentical(leaves(since: 0, at: 210, isLong: true), waiter)
    XCTAssertEqual(places.enter(waiter, now: at(210)), at(210))
  }
}
