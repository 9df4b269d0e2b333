import Dispatch
import Engine
import Foundation
import Synchronization
import XCTest

final class AdmissionTests: XCTestCase {
  private static let places = max(Parallel.processors, Parallel.threads)

  /// However many call, no more compute at once than there are places, and each gets every turn that it asks for.
  func testNoMoreThanThereArePlaces() {
    let places = Self.places
    let inside = Atomic<Int>(0)
    let most = Mutex(0)
    let turns = Atomic<Int>(0)
    let group = DispatchGroup()
    for caller in 0..<4 * places + 1 {
      group.enter()
      Thread.detachNewThread {
        for round in 0..<40 {
          Admission.withTurn {
            let now = inside.add(1, ordering: .relaxed).newValue
            most.withLock { $0 = max($0, now) }
            // Some end at once, some while others come.
            if (caller + round) % 3 > 0 { usleep(UInt32(100 * ((caller + round) % 5))) }
            turns.add(1, ordering: .relaxed)
            inside.subtract(1, ordering: .relaxed)
          }
        }
        group.leave()
      }
    }
    group.wait()
    XCTAssertLessThanOrEqual(most.withLock { $0 }, places)
    XCTAssertEqual(turns.load(ordering: .relaxed), 40 * (4 * places + 1))
  }

  /// Callers that come again at once keep their places for a turn of 50 ms, then who waits has one. A pass takes at least a
  /// millisecond here, so that a turn has at most fifty, however busy the machine is.
  func testWhoWaitsGetsAPlace() {
    let places = Self.places
    let isIn = Atomic<Bool>(false)
    let passes = Atomic<Int>(0)
    let group = DispatchGroup()
    let all = DispatchSemaphore(value: 0)
    for _ in 0..<places {
      group.enter()
      Thread.detachNewThread {
        Admission.withTurn { _ = all.signal() }
        repeat {
          Admission.withTurn {
            usleep(1000)
            passes.add(1, ordering: .relaxed)
          }
        } while !isIn.load(ordering: .relaxed) && passes.load(ordering: .relaxed) < 10_000 * places
        group.leave()
      }
    }
    for _ in 0..<places { all.wait() }
    usleep(5000)
    let before = passes.load(ordering: .relaxed)
    let during = Admission.withTurn {
      isIn.store(true, ordering: .relaxed)
      return passes.load(ordering: .relaxed) - before
    }
    group.wait()
    XCTAssertLessThanOrEqual(during, 60 * places)
  }

  /// Long passes have two processors each.
  func testLongPassesHaveTwoThreads() {
    let pairs = max(1, Self.places / 2)
    let pass: @Sendable () -> Void = { usleep(110_000) }
    Admission.withTurn(pass)
    let inside = Atomic<Int>(0)
    let most = Mutex(0)
    let group = DispatchGroup()
    for _ in 0...pairs {
      group.enter()
      Thread.detachNewThread {
        Admission.withTurn {
          let now = inside.add(1, ordering: .relaxed).newValue
          most.withLock { $0 = max($0, now) }
          pass()
          inside.subtract(1, ordering: .relaxed)
        }
        group.leave()
      }
    }
    group.wait()
    XCTAssertLessThanOrEqual(most.withLock { $0 }, pairs)
  }

  /// A pass that is between two loops computes too: nobody else takes its processor.
  func testPassesShareThreadsAlsoBetweenLoops() {
    let threads = Parallel.threads
    Parallel.threads = 4
    defer { Parallel.threads = threads }
    let (begun, over) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    Thread.detachNewThread {
      Admission.withTurn {
        begun.signal()
        over.wait()
      }
      begun.signal()
    }
    begun.wait()
    XCTAssertEqual(Self.threadsOfALoop(), 2)
    over.signal()
    begun.wait()
    XCTAssertEqual(Self.threadsOfALoop(), 4, "a lone pass has all threads")
  }

  /// How many threads compute a loop inside a pass. Each task waits for a while for the others', so that a thread is seen however
  /// late it comes.
  private static func threadsOfALoop() -> Int {
    let seen = Mutex<Set<ObjectIdentifier>>([])
    Admission.withTurn {
      Parallel.forEach(4) { _ in
        _ = seen.withLock { $0.insert(ObjectIdentifier(Thread.current)) }
        for _ in 0..<200 where seen.withLock({ $0.count }) < 4 { usleep(1000) }
      }
    }
    return seen.withLock { $0.count }
  }
}
