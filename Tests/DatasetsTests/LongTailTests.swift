import Datasets
import XCTest

final class LongTailTests: XCTestCase {
  /// Pictures of one pixel, so many of each class, the classes in turn as long as they last.
  private func dataset(_ counts: [Int]) -> InMemoryDataset {
    let labels = (0..<(counts.max() ?? 0)).flatMap { round in counts.indices.filter { round < counts[$0] } }
    return InMemoryDataset(
      width: 1, height: 1, channels: 1, pixels: [UInt8](repeating: 0, count: labels.count), labels: labels,
      classNames: counts.indices.map(String.init))
  }

  private func counts(_ dataset: any Dataset<Int>) throws -> [Int] {
    var counts = [Int](repeating: 0, count: dataset.classNames.count)
    for index in 0..<dataset.count { counts[try dataset.target(at: index)] += 1 }
    return counts
  }

  /// 500 · 50^(−k/9) of class k in the order that chance makes.
  func testCountsFallExponentially() throws {
    let whole = dataset([Int](repeating: 500, count: 10))
    let tail = try Subset(longTailOf: whole, ratio: 50, seed: 3)
    let found = try counts(tail).sorted(by: >)
    XCTAssertEqual(found, (0..<10).map { Int((500 * pow(50, -Double($0) / 9)).rounded()) })
    XCTAssertEqual([found[0], found[9]], [500, 10])
    XCTAssertEqual(tail.indices, tail.indices.sorted())
    XCTAssertEqual(Set(tail.indices).count, tail.count, "no picture twice")
  }

  func testTheSeedDecides() throws {
    let whole = dataset([Int](repeating: 60, count: 6))
    func tail(_ seed: UInt64) throws -> Subset<Int> { try Subset(longTailOf: whole, ratio: 10, seed: seed) }
    XCTAssertEqual(try tail(1).indices, try tail(1).indices)
    XCTAssertNotEqual(try tail(1).indices, try tail(2).indices)
    let orders = Set(try (0..<8).map { try counts(tail($0)) })
    XCTAssertGreaterThan(orders.count, 1, "which class is rare differs")
    let first = try tail(1)
    let frequent = try counts(first).firstIndex(of: 60)
    XCTAssertNotNil(frequent)
    // Not simply the first ones.
    let rare = try counts(first).firstIndex(of: 6)!
    let taken = first.indices.filter { whole.target(at: $0) == rare }
    XCTAssertNotEqual(taken, Array((0..<whole.count).filter { whole.target(at: $0) == rare }.prefix(6)))
  }

  /// As many as the smallest class allows for, one at least, and nothing of a class without pictures.
  func testUnequalClasses() throws {
    for seed in 0..<6 as Range<UInt64> {
      let whole = dataset([100, 7, 0, 40])
      let found = try counts(Subset(longTailOf: whole, ratio: 4, seed: seed))
      XCTAssertEqual(found[2], 0)
      XCTAssertTrue(zip(found, [100, 7, 0, 40]).allSatisfy { $0 <= $1 }, "\(found)")
      let sorted = found.filter { $0 > 0 }.sorted(by: >)
      XCTAssertEqual(sorted.count, 3)
      XCTAssertEqual(Double(sorted[1]), Double(sorted[0]) / 2, accuracy: 1)
      XCTAssertEqual(Double(sorted[2]), Double(sorted[0]) / 4, accuracy: 1)
      XCTAssertTrue(found[1] == 7 || found[3] == 40 || found[0] == 100, "one class is used up: \(found)")
    }
    XCTAssertEqual(try counts(Subset(longTailOf: dataset([5, 3]), ratio: 1000, seed: 0)).min(), 1)
    XCTAssertEqual(try counts(Subset(longTailOf: dataset([5, 3]), ratio: 1, seed: 0)), [3, 3])
    XCTAssertEqual(try counts(Subset(longTailOf: dataset([4]), ratio: 9, seed: 0)), [4])
  }
}
