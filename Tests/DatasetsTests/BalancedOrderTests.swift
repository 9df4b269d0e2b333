import Datasets
import Engine
import XCTest

/// Orders in which every class comes equally often, and epochs that begin within.
final class BalancedOrderTests: XCTestCase {
  func testEveryClassComesEquallyOften() {
    for (counts, seed) in [
      ([50, 5, 1], 1), ([7, 0, 7, 3], 2), ([1], 3), ([3, 3, 3], 4), ([100, 1, 1, 1, 1], 5),
    ] {
      let classes = counts.enumerated().flatMap { Array(repeating: $0, count: $1) }
      var generator = RandomStream(seed: UInt64(seed))
      let order = BalancedOrder.order(of: classes, &generator)
      XCTAssertEqual(order.count, classes.count)
      let present = counts.indices.filter { counts[$0] > 0 }
      let share = classes.count / present.count
      for label in present {
        let drawn = order.filter { classes[$0] == label }
        XCTAssertTrue(share...share + 1 ~= drawn.count, "\(counts) class \(label): \(drawn.count)")
        // Each of a class equally often, or once more.
        let often = Dictionary(grouping: drawn) { $0 }.mapValues(\.count)
        let each = drawn.count / counts[label]
        for index in classes.indices where classes[index] == label {
          XCTAssertTrue(each...each + 1 ~= often[index] ?? 0, "\(counts) example \(index)")
        }
      }
      var again = RandomStream(seed: UInt64(seed))
      XCTAssertEqual(BalancedOrder.order(of: classes, &again), order)
    }
    var generator = RandomStream(seed: 1)
    XCTAssertEqual(BalancedOrder.order(of: [], &generator), [])
  }

  private func pictures(_ labels: [Int]) -> InMemoryDataset {
    var generator = RandomStream(seed: 3)
    return InMemoryDataset(
      width: 6, height: 6, channels: 1,
      pixels: (0..<labels.count * 36).map { _ in UInt8(truncatingIfNeeded: generator.next()) },
      labels: labels, classNames: ["often", "rare"])
  }

  private func batches(_ loader: DataLoader<Int>, epoch: Int, from first: Int = 0) throws -> [Batch<Int>] {
    try loader.epoch(epoch, from: first).map { try $0.get() }
  }

  /// A rare picture that comes again comes otherwise, and so it does for any number of workers.
  func testALoaderThatBalances() throws {
    let labels = [Int](repeating: 0, count: 27) + [1, 1, 1]
    func loader(workers: Int) -> DataLoader<Int> {
      DataLoader(
        pictures(labels), preprocessing: .plain(channels: 1),
        augmentation: .sequence([.randomCrop(6, padding: 2), .horizontalFlip()]), batchSize: 4, seed: 8,
        shuffles: true, balancing: labels, workers: workers)
    }
    let found = try batches(loader(workers: 1), epoch: 1)
    XCTAssertEqual(found.flatMap(\.labels).count { $0 == 1 }, 15)
    XCTAssertEqual(found.flatMap(\.indices), loader(workers: 1).order(ofEpoch: 1))
    var views: [Int: Set<[Float]>] = [:]
    for batch in found {
      for (place, index) in batch.indices.enumerated() where labels[index] == 1 {
        views[index, default: []].insert(batch.images.slice(axis: 0, place..<place + 1).scalars)
      }
    }
    XCTAssertEqual(views.count, 3)
    // Of five views by crops of 25 places and flips, hardly two are alike.
    for (index, seen) in views { XCTAssertGreaterThan(seen.count, 2, "picture \(index)") }
    let other = try batches(loader(workers: 3), epoch: 1)
    XCTAssertEqual(other.map(\.images.scalars), found.map(\.images.scalars))
    XCTAssertNotEqual(try batches(loader(workers: 3), epoch: 2).map(\.indices), found.map(\.indices))
  }

  /// An epoch from a batch on is the end of the epoch.
  func testAnEpochFromABatchOn() throws {
    let labels = (0..<23).map { $0 % 2 }
    for balancing in [nil, labels] {
      let loader = DataLoader(
        pictures(labels), preprocessing: .plain(channels: 1), augmentation: .randomCrop(6, padding: 2),
        batchSize: 5, seed: 4, shuffles: true, balancing: balancing, workers: 2)
      let whole = try batches(loader, epoch: 3)
      for first in 0...5 {
        let rest = try batches(loader, epoch: 3, from: first)
        XCTAssertEqual(rest.map(\.indices), whole.dropFirst(first).map(\.indices))
        XCTAssertEqual(rest.map(\.images.scalars), whole.dropFirst(first).map(\.images.scalars))
      }
      XCTAssertEqual(try batches(loader, epoch: 3, from: 9).count, 0)
    }
  }
}
