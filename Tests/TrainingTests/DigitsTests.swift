import Datasets
import Engine
import Models
import TestSupport
import Training
import XCTest

/// Trains a small network on the UCI digits, as a user would.
final class DigitsTests: XCTestCase {
  override func tearDown() { Parallel.threads = Parallel.processors }

  /// ≥ 98.5 % of the 359 test pictures after the last epoch, and the same bits on 1 and on 2 threads. Five seeds made
  /// 1 to 4 mistakes, and 5 are borne.
  func testLearnsDigitsToTheSameBitsOnOneAndTwoThreads() throws {
    Parallel.threads = 1
    let (first, records) = try train()
    let best = try XCTUnwrap(records.last(where: \.isBest))
    XCTAssertGreaterThanOrEqual(records.last!.validationAccuracy, 0.985)
    XCTAssertGreaterThanOrEqual(best.validationAccuracy, records.last!.validationAccuracy)

    Parallel.threads = 2
    let (second, otherRecords) = try train()
    assertSameBits(first, second)
    XCTAssertEqual(records.map(\.trainLoss), otherRecords.map(\.trainLoss))
    XCTAssertEqual(records.map(\.validationLoss), otherRecords.map(\.validationLoss))
  }

  private func train() throws -> (Network, [EpochRecord]) {
    let data = try DataSource.open("digits")
    XCTAssertEqual(data.validation.count, 359)
    var configuration = TrainingConfiguration()
    configuration.epochs = 30
    configuration.batchSize = 32
    configuration.learningRate = 0.1
    configuration.warmUpEpochs = 1
    configuration.weightDecay = 2e-3
    configuration.augmentation = .shift
    configuration.labelSmoothing = 0.05
    configuration.seed = 1
    let network = try Network("resnet20", classes: 10, inputChannels: 1, seed: 1)
    let trainer = try Trainer(
      network, data, preprocessing: data.preprocessing!, configuration: configuration)
    return (network, try trainer.run())
  }
}
