import Engine
import Images

/// Turns a data set into batches, decoding ahead on threads of its own.
///
/// The order of the examples and every random choice depend on `seed` and the epoch alone: batches have the same
/// bits for any number of workers. No more than `prefetch` batches are in the making or waiting at a time.
///
///     let loader = DataLoader(dataset, preprocessing: .torchvision, batchSize: 32, seed: 1, shuffles: true)
///     let batches = loader.epoch(0)
///     while let batch = try batches.next() { … }
public struct DataLoader: Sendable {
  public let dataset: any Dataset
  public let preprocessing: Preprocessing
  public let augmentation: Augmentation
  public let batchSize: Int
  public let seed: UInt64
  /// Whether each epoch has an order of its own; otherwise it is the data set's.
  public let shuffles: Bool
  /// Whether a last batch smaller than the others is left out.
  public let dropsLast: Bool
  /// How many threads decode.
  public let workers: Int
  /// How many batches may be in the making or waiting.
  public let prefetch: Int

  /// - Precondition: `batchSize`, `workers` and `prefetch` are positive.
  public init(
    _ dataset: any Dataset, preprocessing: Preprocessing, augmentation: Augmentation = .none,
    batchSize: Int, seed: UInt64 = 0, shuffles: Bool = false, dropsLast: Bool = false,
    workers: Int = Parallel.processors, prefetch: Int = 3
  ) {
    precondition(
      batchSize > 0 && workers > 0 && prefetch > 0,
      "DataLoader: batch size \(batchSize), workers \(workers) and prefetch \(prefetch) must be positive")
    self.dataset = dataset
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.batchSize = batchSize
    self.seed = seed
    self.shuffles = shuffles
    self.dropsLast = dropsLast
    self.workers = workers
    self.prefetch = prefetch
  }

  /// The number of batches in an epoch.
  public var batchCount: Int {
    dropsLast ? dataset.count / batchSize : (dataset.count + batchSize - 1) / batchSize
  }

  /// The number of examples in an epoch.
  public var exampleCount: Int { dropsLast ? batchCount * batchSize : dataset.count }

  /// The batches of an epoch; decoding begins at once.
  public func epoch(_ number: Int) -> BatchIterator {
    BatchIterator(EpochQueue(self, order: order(ofEpoch: number), generator: stream("augmentation", number)))
  }

  /// The examples of an epoch in their order.
  public func order(ofEpoch number: Int) -> [Int] {
    guard shuffles else { return Array(0..<exampleCount) }
    var generator = stream("order", number)
    return Array(generator.permutation(dataset.count).prefix(exampleCount))
  }

  private func stream(_ label: String, _ epoch: Int) -> Generator {
    Generator(seed: seed).split(label).split(epoch)
  }
}

/// The batches of one epoch, in order. Letting go of it ends the decoding.
public final class BatchIterator: Sendable {
  private let queue: EpochQueue

  init(_ queue: EpochQueue) {
    self.queue = queue
    queue.start()
  }

  deinit { queue.cancel() }

  /// The next batch, waiting for it if need be; nil after the last.
  /// - Throws: the error of the batch's first example that could not be read. Nothing follows it.
  public func next() throws -> Batch? { try queue.next() }
}
