import ArgumentParser
import Colonnade
import Foundation
import Timing

/// Seconds of an epoch of the loader over a folder of pictures.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loading",
    abstract:
      "Times epochs of a loader over a folder of class folders: Benchmarks/compare_loader.py calls it.",
    discussion: """
      The first epoch is not timed. A line of JSON: pictures, the mean by channel of what an epoch gives, seconds of each of \
      the others, and the most memory in MiB.
      """)

  /// What is done to a picture.
  enum Recipe: String, CaseIterable, ExpressibleByArgument {
    /// A random resized crop to 224, flipped half the time.
    case train
    /// The shorter side to 256, the middle 224.
    case evaluate

    func loader(_ data: FolderDataset, batch: Int, workers: Int) -> DataLoader<Int> {
      switch self {
      case .train:
        DataLoader(
          data, preprocessing: Preprocessing.torchvision.withoutResizing, augmentation: .imageNet(size: 224),
          batchSize: batch, workers: workers)
      case .evaluate: DataLoader(data, preprocessing: .torchvision, batchSize: batch, workers: workers)
      }
    }
  }

  @Argument(help: "A folder with a folder a class.")
  var folder: String

  @Option(help: "What is done to a picture: train or evaluate.")
  var recipe = Recipe.train

  @Option(help: "Pictures in a batch.")
  var batch = 32

  @Option(help: "Threads that decode.")
  var workers = 2

  @Option(help: "How many epochs are timed.")
  var epochs = 1

  @Flag(help: "Decode JPEGs at a part of their scale where that is enough.")
  var scaledDecoding = false

  func validate() throws {
    guard batch >= 1, workers >= 1, epochs >= 1 else {
      throw ValidationError("--batch, --workers and --epochs must be positive")
    }
  }

  func run() throws {
    let data = try FolderDataset(URL(fileURLWithPath: folder), scaledDecoding: scaledDecoding)
    let loader = recipe.loader(data, batch: batch, workers: workers)
    var (sums, count) = ([Double](repeating: 0, count: 3), 0)
    for result in loader.epoch(0) {
      let images = try result.get().images
      for (place, value) in images.scalars.enumerated() { sums[place % 3] += Double(value) }
      count += images.count / 3
    }
    var seconds: [Double] = []
    for epoch in 1...epochs {
      let start = ContinuousClock.now
      let batches = loader.epoch(epoch)
      while try batches.next() != nil {}
      seconds.append((ContinuousClock.now - start) / .seconds(1))
    }
    let result = Result(
      pictures: data.count, mean: sums.map { $0 / Double(count) }, seconds: seconds, memory: peakMemory())
    print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
  }

  private struct Result: Encodable {
    let pictures: Int
    let mean: [Double]
    let seconds: [Double]
    let memory: Double
  }
}
