import Engine
import Images

/// A share of a data set's batches, for one of several processes or machines that train together.
public struct Shard: Hashable, Sendable {
  /// From 0 on.
  public let rank: Int
  /// How many shards there are.
  public let count: Int

  /// - Precondition: `rank` is in `0..<count`.
  public init(rank: Int, of count: Int) {
    precondition(0..<count ~= rank, "Shard: rank \(rank) of \(count)")
    self.rank = rank
    self.count = count
  }

  /// All batches.
  public static let whole = Shard(rank: 0, of: 1)
}

/// Turns a data set into batches, decoding ahead on threads of its own.
///
/// The order of the examples and every random choice depend on `seed`, the epoch and the example's index alone: batches
/// have the same bits for any number of workers. No more than `prefetch` batches are in the making or waiting at a time.
///
///     let loader = DataLoader(dataset, preprocessing: .torchvision, batchSize: 32, seed: 1, shuffles: true)
///     for batch in loader.epoch(0) { let images = try batch.get().images … }
public struct DataLoader<Target: GeometricTarget>: Sendable {
  /// Where examples come from.
  public let dataset: any Dataset<Target>
  /// What is done to each example.
  public let pipeline: Pipeline<Target>
  /// How the pictures of a batch become one tensor.
  public let collation: Collation
  /// How pictures of a batch are mixed with each other; nil for not at all.
  public let mixing: BatchMixing?
  /// Pictures a batch; the last one may have fewer.
  public let batchSize: Int
  /// Decides order and augmentation.
  public let seed: UInt64
  /// Whether each epoch has an order of its own; otherwise it is the data set's.
  public let shuffles: Bool
  /// The class of each example where every epoch is to have as many examples of each class as of the others, see
  /// ``BalancedOrder``; nil takes every example once.
  public let balancing: [Int]?
  /// Whether a last batch smaller than the others is left out; with more shards than one also batches that not every
  /// shard would have, so that all have the same number.
  public let dropsLast: Bool
  /// Of the batches that a loader with ``Shard/whole`` has, the first shard has the first, the second the second and so
  /// on, in turn.
  public let shard: Shard
  /// How many threads decode.
  public let workers: Int
  /// How many batches may be in the making or waiting.
  public let prefetch: Int

  /// - Precondition: `batchSize`, `workers` and `prefetch` are positive; `balancing` has a class for each example, none
  ///   negative, and the loader shuffles then.
  public init(
    _ dataset: any Dataset<Target>, pipeline: Pipeline<Target>, collation: Collation = .equalSizes,
    mixing: BatchMixing? = nil, batchSize: Int, seed: UInt64 = 0, shuffles: Bool = false,
    balancing: [Int]? = nil,
    dropsLast: Bool = false, shard: Shard = .whole, workers: Int = Parallel.processors, prefetch: Int = 3
  ) {
    precondition(
      batchSize > 0 && workers > 0 && prefetch > 0,
      "DataLoader: batch size \(batchSize), workers \(workers) and prefetch \(prefetch) must be positive")
    precondition(
      balancing == nil
        || (shuffles && balancing!.count == dataset.count && balancing!.allSatisfy { $0 >= 0 }),
      "DataLoader: balancing needs shuffling and a class for each of \(dataset.count) examples")
    self.balancing = balancing
    self.dataset = dataset
    self.pipeline = pipeline
    precondition(
      mixing == nil || collation == .equalSizes, "DataLoader: pictures of different sizes are not mixed")
    self.collation = collation
    self.mixing = mixing
    self.batchSize = batchSize
    self.seed = seed
    self.shuffles = shuffles
    self.dropsLast = dropsLast
    self.shard = shard
    self.workers = workers
    self.prefetch = prefetch
  }

  /// A loader whose pipeline is an augmentation of the decoded picture and then the preprocessing.
  /// - Precondition: as of the other initializer.
  public init(
    _ dataset: any Dataset<Target>, preprocessing: Preprocessing, augmentation: Augmentation = .none,
    batchSize: Int, seed: UInt64 = 0, shuffles: Bool = false, balancing: [Int]? = nil,
    dropsLast: Bool = false, shard: Shard = .whole, workers: Int = Parallel.processors, prefetch: Int = 3
  ) {
    self.init(
      dataset, pipeline: Pipeline(augmentation, preprocessing: preprocessing), batchSize: batchSize,
      seed: seed,
      shuffles: shuffles, balancing: balancing, dropsLast: dropsLast, shard: shard, workers: workers,
      prefetch: prefetch)
  }

  /// What comes last in the pipeline.
  public var preprocessing: Preprocessing { pipeline.preprocessing }

  /// The number of batches in an epoch of this shard.
  public var batchCount: Int { places.count }

  /// The number of examples in an epoch of this shard.
  public var exampleCount: Int { places.reduce(0) { $0 + $1.count } }

  /// The batches of an epoch; decoding begins at once.
  /// - Parameters:
  ///   - number: of the epoch.
  ///   - first: how many batches are left out at its beginning: the others are what they would have been.
  public func epoch(_ number: Int, from first: Int = 0) -> Batches<Target> {
    precondition(first >= 0, "DataLoader: an epoch from batch \(first)")
    return Batches(
      EpochQueue(self, order: order(ofEpoch: number), generator: stream("augmentation", number), first: first)
    )
  }

  /// The examples of an epoch of this shard in their order.
  public func order(ofEpoch number: Int) -> [Int] {
    guard shuffles else { return places.flatMap { Array($0) } }
    var generator = stream("order", number)
    let order =
      balancing.map { BalancedOrder.order(of: $0, &generator) } ?? generator.permutation(dataset.count)
    return places.flatMap { order[$0] }
  }

  /// Where in an epoch's order the shard's batches are.
  private var places: [Range<Int>] {
    let count = dataset.count
    let all = dropsLast ? count / batchSize : (count + batchSize - 1) / batchSize
    let shared = dropsLast ? all / shard.count * shard.count : all
    return stride(from: shard.rank, to: shared, by: shard.count).map { batch in
      batch * batchSize..<min((batch + 1) * batchSize, count)
    }
  }

  private func stream(_ label: String, _ epoch: Int) -> RandomStream {
    RandomStream(seed: seed).split(label).split(epoch)
  }
}
