import Engine
import XCTest

final class BufferPoolTests: XCTestCase {
  private let pool = BufferPool.shared
  private var allocations: Int { pool.statistics.systemAllocations }

  override func setUp() { pool.trim() }

  /// What was large holds what is small later, the smallest that fits; what is larger than all of it is new.
  func testIdleBuffersAreUsedAgain() {
    let start = allocations
    do { _ = (Storage(count: 1 << 16), Storage(count: 1 << 17)) }
    XCTAssertEqual(allocations - start, 2)
    let idle = pool.statistics.idleBytes
    XCTAssertGreaterThanOrEqual(idle, (1 << 18) + (1 << 19))
    do {
      let small = Storage(count: 50_000)
      XCTAssertLessThan(idle - pool.statistics.idleBytes, 1 << 19, "the larger one was taken")
      let second = Storage(count: 50_000)
      XCTAssertEqual(pool.statistics.idleBytes, 0)
      withExtendedLifetime((small, second)) {}
    }
    XCTAssertEqual(allocations - start, 2)
    do { _ = Storage(count: (1 << 17) + (1 << 16)) }
    XCTAssertEqual(allocations - start, 3)
    do { _ = Storage(count: 5000) }
    XCTAssertEqual(allocations - start, 4, "a buffer of far more than four times the size was taken")
  }

  /// Weights don't keep what activations need.
  func testLastingBuffersAreNotMuchLarger() {
    do { _ = Storage(count: 1 << 20) }
    let start = allocations
    let weights = Storage(count: 1 << 16, isLasting: true)
    XCTAssertEqual(allocations - start, 1)
    let activation = Storage(count: 1 << 20)
    XCTAssertEqual(allocations - start, 1)
    withExtendedLifetime((weights, activation)) {}
  }

  /// At every size from a byte to a megabyte: room for what was asked, at most an eighth more, aligned.
  func testSizes() {
    for count in Array(0..<3000) + stride(from: 3000, to: 1 << 18, by: 977) {
      pool.trim()
      let live = pool.statistics.liveBytes
      let storage = Storage(count: count)
      let taken = pool.statistics.liveBytes - live
      XCTAssertGreaterThanOrEqual(taken, 4 * count)
      XCTAssertLessThanOrEqual(taken, max(4 * count + 64, 4 * count * 9 / 8 + 1), "\(count)")
      XCTAssertEqual(Int(bitPattern: storage.pointer) % 64, 0)
    }
  }
}
