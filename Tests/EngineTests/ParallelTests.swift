import Dispatch
import Engine
import Synchronization
import XCTest

final class ParallelTests: XCTestCase {
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
}
