import Dispatch
import Engine
import Foundation
import Synchronization
import TestSupport
import XCTest

final class ParallelTests: XCTestCase {
  /// After the first product the policy stays as it is, and says so.
  func testThreadPolicyIsSetBeforeTheFirstProduct() throws {
    try GEMM.checkMemory()
    XCTAssertThrowsError(try GEMM.leaveThreadCountAlone()) { error in
      XCTAssertEqual(error as? GEMMError, .threadPolicyInForce)
    }
    XCTAssertFalse(GEMM.leavesThreadCountAlone)
  }

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

  /// Loops from several threads at once, and loops inside loops: every task runs once.
  func testNestedAndConcurrentCalls() {
    let threads = Parallel.threads
    Parallel.threads = 3
    defer { Parallel.threads = threads }
    for round in 0..<200 {
      let counts = Mutex([Int](repeating: 0, count: 4 * 6 * 7))
      DispatchQueue.concurrentPerform(iterations: 4) { caller in
        Parallel.forEach(6) { outer in
          Parallel.forEach(7) { inner in counts.withLock { $0[(caller * 6 + outer) * 7 + inner] += 1 } }
        }
      }
      guard counts.withLock({ $0.allSatisfy { $0 == 1 } }) else { return XCTFail("round \(round)") }
    }
  }

  /// Ranges cover what is asked for, on any number of threads the same: no longer than the grain, but for long ones that
  /// begin at whole vectors, and in fours.
  func testRanges() {
    let threads = Parallel.threads
    defer { Parallel.threads = threads }
    let table: [(count: Int, grain: Int, lengths: [Int])] = [
      (0, 8, []), (10, 32, [10]), (98, 32, [25, 25, 25, 23]), (49, 16, [13, 13, 13, 10]), (5, 4, [2, 2, 1]),
      (3, 0, [1, 1, 1]), (100_001, 1 << 15, [25_008, 25_008, 25_008, 24_977]),
    ]
    for count in [1, 2, 3] {
      Parallel.threads = count
      for (count, grain, lengths) in table {
        let ranges = Mutex<[Range<Int>]>([])
        Parallel.forEachRange(count, grain: grain) { range in ranges.withLock { $0.append(range) } }
        let found = ranges.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
        XCTAssertEqual(found.map(\.count), lengths, "\(count) by \(grain)")
        XCTAssertEqual(found.first?.lowerBound ?? 0, 0)
        for (a, b) in zip(found, found.dropFirst()) { XCTAssertEqual(a.upperBound, b.lowerBound) }
      }
    }
  }

  /// Every task runs once, however many threads share them, and however unequal they are: whoever is done takes from
  /// another's share.
  func testSharesAreTakenOver() {
    for threads in [2, 3, 7] {
      withThreads(threads) {
        for count in [1, 2, 5, 64, 1001] {
          let counts = Mutex([Int](repeating: 0, count: count))
          Parallel.forEach(count) { index in
            if index == 0 { usleep(300) }  // The first share is the slowest.
            counts.withLock { $0[index] += 1 }
          }
          XCTAssertEqual(counts.withLock { $0 }, [Int](repeating: 1, count: count), "\(count) on \(threads)")
        }
      }
    }
  }

  /// A limit holds for the calls in it alone, in child tasks too, and threads beyond it take no part.
  func testLimit() async {
    func threadsThatTookPart() -> Int {
      let seen = Mutex<Set<ObjectIdentifier>>([])
      Parallel.forEach(64) { _ in
        let thread = ObjectIdentifier(Thread.current)
        seen.withLock { _ = $0.insert(thread) }
        usleep(200)
      }
      return seen.withLock { $0.count }
    }
    let before = Parallel.threads
    Parallel.threads = 4
    defer { Parallel.threads = before }
    Parallel.withThreads(1) { XCTAssertEqual(threadsThatTookPart(), 1) }
    Parallel.withThreads(2) {
      XCTAssertLessThanOrEqual(threadsThatTookPart(), 2)
      Parallel.withThreads(1) { XCTAssertEqual(threadsThatTookPart(), 1, "the inner limit") }
    }
    await Parallel.withThreads(1) {
      await withTaskGroup(of: Int.self) { group in
        for _ in 0..<3 { group.addTask { threadsThatTookPart() } }
        for await count in group { XCTAssertEqual(count, 1, "a child task") }
      }
    }
    XCTAssertGreaterThan(threadsThatTookPart(), 1, "no limit is left")
  }

  /// Tasks that are timed run once each, in order, and inner loops are a part of their task.
  func testTimingTasks() {
    var order: [Int] = []
    let (result, seconds) = Parallel.timingTasks {
      Parallel.forEach(3) { task in Parallel.forEach(2) { order.append(task * 2 + $0) } }
      Parallel.forEach(1) { _ in order.append(6) }
      return 5
    }
    XCTAssertEqual(result, 5)
    XCTAssertEqual(order, Array(0...6))
    XCTAssertEqual(seconds.map(\.count), [3, 1])
    XCTAssertTrue(seconds.joined().allSatisfy { $0 >= 0 })
  }
}
