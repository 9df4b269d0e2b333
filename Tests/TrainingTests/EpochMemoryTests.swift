import Datasets
import Engine
import Foundation
import Models
import Training
import XCTest

/// Fifty epochs take no more memory than ten; `scripts/check_memory.sh` watches the command do the same.
final class EpochMemoryTests: XCTestCase {
  /// Bytes of the process that are in memory; nil where the system does not say.
  private func resident() -> Int? {
    let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = text?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return pages.map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) }
  }

  func testMemoryIsFlatOverFiftyEpochs() throws {
    let network = try Network(
      name: "small", classes: 10, preprocessing: Digits.preprocessing, inputChannels: 1, inputSize: 8, seed: 4
    ) { scope in
      Sequential([
        ConvNormActivation(
          Conv2d(scope["conv"], from: 1, to: 8, kernel: 3, padding: 1),
          BatchNorm2d(scope["bn"], channels: 8)),
        MaxPool2d(kernel: 2), Flatten(), Linear(scope["fc"], from: 128, to: 10, flattening: (8, 4, 4)),
      ])
    }
    let digits = try Digits.load()
    let data = DataSource(
      name: "digits", train: try Subset(digits.train, perClass: 10),
      validation: try Subset(digits.test, perClass: 3))
    var configuration = TrainingConfiguration()
    configuration.epochs = 50
    configuration.batchSize = 24
    configuration.augmentation = .shift
    configuration.averageDecay = 0.9
    let trainer = try Trainer(
      network, data, preprocessing: Digits.preprocessing, configuration: configuration,
      output: temporaryFolder())
    var (live, residents): ([Int], [Int]) = ([], [])
    try trainer.run { _ in
      live.append(BufferPool.shared.statistics.liveBytes)
      if let bytes = resident() { residents.append(bytes) }
    }
    XCTAssertEqual(live.count, 50)
    // A tensor that each of the 250 steps left behind would be many KiB, however small.
    let (early, late) = (live[2..<12].max()!, live.suffix(10).max()!)
    XCTAssertLessThanOrEqual(late, early, "bytes of tensors, by epoch: \(live)")
    guard !residents.isEmpty else { return }
    let (first, last) = (residents[2..<12].max()!, residents.suffix(10).max()!)
    XCTAssertLessThan(last - first, 8 << 20, "resident bytes, by epoch: \(residents)")
  }
}
