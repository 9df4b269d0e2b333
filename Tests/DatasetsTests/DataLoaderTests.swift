import Datasets
import Engine
import Foundation
import Synchronization
import XCTest

/// Pictures that say which they are; some cannot be read. Counts how many were asked for.
private final class Numbered: Dataset {
  let count: Int
  let classNames = ["even", "odd"]
  let broken: Set<Int>
  let side: @Sendable (Int) -> Int
  let asked = Atomic<Int>(0)

  init(count: Int, broken: Set<Int> = [], side: @escaping @Sendable (Int) -> Int = { _ in 4 }) {
    self.count = count
    self.broken = broken
    self.side = side
  }

  func target(at index: Int) -> Int { index % 2 }

  func example(at index: Int) throws -> Example<Int> {
    asked.add(1, ordering: .relaxed)
    if broken.contains(index) { throw ImageError.truncated(file: "picture \(index)") }
    let side = side(index)
    let pixels = (0..<side * side * 3).map { UInt8(truncatingIfNeeded: index &* 7 &+ $0) }
    return Example(image: Image(width: side, height: side, pixels: pixels), label: index % 2)
  }
}

final class DataLoaderTests: XCTestCase {
  private func batches(_ loader: DataLoader<Int>, epoch: Int) throws -> [Batch<Int>] {
    let iterator = loader.epoch(epoch)
    var result: [Batch<Int>] = []
    while let batch = try iterator.next() { result.append(batch) }
    XCTAssertNil(try iterator.next())
    return result
  }

  func testBitsDoNotDependOnTheWorkers() throws {
    let dataset = Numbered(count: 103)
    func run(_ workers: Int, _ prefetch: Int, seed: UInt64, epoch: Int) throws -> [Batch<Int>] {
      let augmentation = Augmentation.sequence([
        .randomCrop(4, padding: 1), .horizontalFlip(), .colorJitter(brightness: 0.5), .lighting(),
      ])
      let loader = DataLoader(
        dataset, preprocessing: .plain(channels: 3), augmentation: augmentation, batchSize: 8, seed: seed,
        shuffles: true, workers: workers, prefetch: prefetch)
      return try batches(loader, epoch: epoch)
    }
    let reference = try run(1, 1, seed: 5, epoch: 2)
    XCTAssertEqual(reference.map(\.count), [Int](repeating: 8, count: 12) + [7])
    XCTAssertEqual(reference.flatMap(\.indices).sorted(), Array(0..<103))
    for (workers, prefetch) in [(1, 3), (2, 1), (2, 4), (4, 2), (16, 20)] {
      let other = try run(workers, prefetch, seed: 5, epoch: 2)
      XCTAssertEqual(other.map(\.indices), reference.map(\.indices), "\(workers) workers")
      XCTAssertEqual(other.map(\.labels), reference.map(\.labels), "\(workers) workers")
      XCTAssertEqual(other.map(\.images.scalars), reference.map(\.images.scalars), "\(workers) workers")
    }
    XCTAssertNotEqual(try run(2, 2, seed: 5, epoch: 3).map(\.indices), reference.map(\.indices))
    XCTAssertNotEqual(try run(2, 2, seed: 6, epoch: 2).map(\.indices), reference.map(\.indices))
  }

  func testPlainOrderAndDroppedRest() throws {
    let loader = DataLoader(
      Numbered(count: 10), preprocessing: .plain(channels: 1), batchSize: 4, dropsLast: true, workers: 2)
    XCTAssertEqual([loader.batchCount, loader.exampleCount], [2, 8])
    let result = try batches(loader, epoch: 0)
    XCTAssertEqual(result.map(\.indices), [[0, 1, 2, 3], [4, 5, 6, 7]])
    XCTAssertEqual(result[0].labels, [0, 1, 0, 1])
    XCTAssertEqual(result[0].images.shape, [4, 4, 4, 1])
  }

  func testImagesAreThePreprocessedOnes() throws {
    let source = try Fixtures.image("resize_source.png")
    let dataset = InMemoryDataset(
      width: source.width, height: source.height, channels: 3, pixels: source.pixels + source.pixels,
      labels: [0, 0], classNames: ["drawing"])
    let preprocessing = Preprocessing(resize: .shorterSide(40), crop: 32)
    let batch = try XCTUnwrap(DataLoader(dataset, preprocessing: preprocessing, batchSize: 2).epoch(0).next())
    let one = preprocessing(source).scalars
    XCTAssertEqual(batch.images.scalars, one + one)
  }

  func testFirstErrorOfABatchIsThrownWhateverTheWorkers() throws {
    for workers in [1, 2, 4] {
      let loader = DataLoader(
        Numbered(count: 40, broken: [13, 11, 30]), preprocessing: .plain(channels: 3), batchSize: 8,
        workers: workers)
      let iterator = loader.epoch(0)
      XCTAssertNotNil(try iterator.next())
      XCTAssertThrowsError(try iterator.next()) { error in
        XCTAssertEqual(error as? ImageError, .truncated(file: "picture 11"))
      }
      XCTAssertNil(try iterator.next())
    }
  }

  func testPicturesOfDifferentSizesAreRefused() {
    let loader = DataLoader(
      Numbered(count: 6) { $0 == 4 ? 5 : 4 }, preprocessing: .plain(channels: 3), batchSize: 6)
    XCTAssertThrowsError(try loader.epoch(0).next()) { error in
      XCTAssertEqual(
        error as? DatasetError, .unequalSizes(example: 4, size: "5×5×3", expected: "4×4×3"))
    }
  }

  func testNoMoreIsReadAheadThanAllowed() throws {
    let dataset = Numbered(count: 400)
    let loader = DataLoader(
      dataset, preprocessing: .plain(channels: 3), batchSize: 10, workers: 3, prefetch: 2)
    let iterator = loader.epoch(0)
    for consumed in 1...3 {
      _ = try iterator.next()
      Thread.sleep(forTimeInterval: 0.05)
      XCTAssertLessThanOrEqual(dataset.asked.load(ordering: .relaxed), (consumed + 2) * 10)
    }
  }

  func testAbandonedEpochEndsItsWorkers() throws {
    let dataset = Numbered(count: 100_000)
    for _ in 0..<20 {
      let loader = DataLoader(dataset, preprocessing: .plain(channels: 3), batchSize: 10, workers: 4)
      _ = try loader.epoch(0).next()
    }
    Thread.sleep(forTimeInterval: 0.1)
    let asked = dataset.asked.load(ordering: .relaxed)
    Thread.sleep(forTimeInterval: 0.1)
    XCTAssertEqual(dataset.asked.load(ordering: .relaxed), asked)
    XCTAssertLessThanOrEqual(asked, 20 * 4 * 10)
  }

  func testDigitsHaveOneChannel() throws {
    let digits = try Digits.load()
    let loader = DataLoader(digits.test, preprocessing: Digits.preprocessing, batchSize: 100)
    let result = try batches(loader, epoch: 0)
    XCTAssertEqual(
      result.map(\.images.shape), [[100, 8, 8, 1], [100, 8, 8, 1], [100, 8, 8, 1], [59, 8, 8, 1]])
  }
}
