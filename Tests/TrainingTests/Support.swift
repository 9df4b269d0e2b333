import Datasets
import Engine
import Foundation
import Models
import TestSupport
import Training
import XCTest

/// Every parameter and statistic of two networks, bit by bit.
func assertSameBits(
  _ actual: Network, _ expected: Network, file: StaticString = #filePath, line: UInt = #line
) {
  XCTAssertEqual(actual.store.all.map(\.name), expected.store.all.map(\.name), file: file, line: line)
  for (a, e) in zip(actual.store.all, expected.store.all) {
    assertSameBits(a.value, e.value, a.name, file: file, line: line)
  }
}

/// A small run: 130 digits to train on, 60 to validate, a ResNet-20 for one channel.
struct SmallRun {
  let network: Network
  let data: DataSource<Int>
  var configuration = TrainingConfiguration()

  init(seed: UInt64 = 3, training: Int = 13) throws {
    network = try Network("resnet20", classes: 10, inputChannels: 1, seed: seed)
    let digits = try Digits.load()
    data = DataSource(
      name: "a few <digits> & more", train: try Subset(digits.train, perClass: training),
      validation: try Subset(digits.test, perClass: 6), attribution: "UCI \"digits\"")
    configuration.epochs = 2
    configuration.batchSize = 32
    configuration.seed = 5
    configuration.augmentation = .shift
  }

  func trainer(output: URL? = nil, observer: (any TrainingObserver)? = nil) throws -> Trainer<
    ClassificationTask
  > {
    try Trainer(
      network, data, preprocessing: Digits.preprocessing, configuration: configuration, output: output,
      observer: observer)
  }
}

extension XCTestCase {
  /// A folder that does not exist yet and is removed after the test.
  func temporaryFolder() -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)")
    addTeardownBlock { try? FileManager.default.removeItem(at: url) }
    return url
  }

  func assertThrows<E: Error & Equatable>(
    _ expected: E, file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Void
  ) {
    XCTAssertThrowsError(try body(), file: file, line: line) { error in
      XCTAssertEqual(error as? E, expected, "\(error)", file: file, line: line)
    }
  }
}
