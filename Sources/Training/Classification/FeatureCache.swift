import Datasets
import Engine
import Foundation
import Images
import Models
import Synchronization

/// What a network's trunk makes of pictures, computed once each: a linear probe trains its classifier on that, an epoch in
/// seconds.
///
/// The trunk is as in inference: batch norm normalizes with its running statistics, which stay, and nothing is dropped.
final class FeatureCache: Sendable {
  private let data: DataSource<Int>
  private let parts: NetworkParts
  private let preprocessing: Preprocessing
  private let batchSize: Int
  /// Of what the trunk gives, without the batch.
  private let shape: [Int]
  /// Where features are kept; nil where they are not.
  private let file: URL?
  private let tables = Mutex<(training: FeatureTable, validation: FeatureTable)?>(nil)

  /// Larger files are not written: a resumed run computes the features once more.
  private static let largestFile = 2 << 30

  /// - Parameters:
  ///   - network: cut before its classifier.
  ///   - data: the pictures.
  ///   - preprocessing: of both parts.
  ///   - size: of the pictures then.
  ///   - batchSize: pictures that are computed at once.
  ///   - directory: where features are kept; nil keeps none.
  /// - Throws: what `Network.parts()` throws, ``TrainingError/invalidConfiguration(_:)`` where features do not fit into the
  ///   machine's memory.
  init(
    _ network: Network, _ data: DataSource<Int>, _ preprocessing: Preprocessing, size: Shape, batchSize: Int,
    in directory: RunDirectory?
  ) throws {
    let parts = try network.parts()
    shape = Parallel.withoutComputing {
      parts.trunk(Tensor(zeros: size), .inference()).shape.dimensions.dropFirst().map { $0 }
    }
    (self.data, self.preprocessing, self.batchSize, self.parts) = (data, preprocessing, batchSize, parts)
    let bytes = 4 * (data.train.count + data.validation.count) * shape.reduce(1, *)
    let memory = ProcessInfo.processInfo.physicalMemory
    guard UInt64(bytes) < memory / 5 * 4 else {
      throw TrainingError.invalidConfiguration(
        "a linear probe would keep \(grouped(bytes >> 20)) MiB of features in memory, of which this machine has "
          + "\(grouped(Int(memory >> 20))) MiB; smaller or fewer pictures need less")
    }
    file = bytes <= Self.largestFile ? directory?.features : nil
  }

  /// What takes the place of pictures and network.
  func head() -> FeatureHead {
    FeatureHead(layers: parts.head, shape: shape) { [data, preprocessing] index in
      (try? data.validation.example(at: index)).map { preprocessing($0.image) }
    }
  }

  /// Batches of features in the orders of loaders of pictures.
  func sources(training: DataLoader<Int>, validation: DataLoader<Int>) -> FeatureSources<Int> {
    FeatureSources(
      training: source(training) { $0.training }, validation: source(validation) { $0.validation },
      prepare: { _ = try self.prepared($0) }, sample: { try self.sample() })
  }

  private typealias Tables = (training: FeatureTable, validation: FeatureTable)

  private func source(
    _ loader: DataLoader<Int>, _ part: @escaping @Sendable (Tables) -> FeatureTable
  ) -> BatchSource<Int> {
    BatchSource(batchCount: loader.batchCount, exampleCount: loader.exampleCount, holdsPictures: false) {
      part(try self.prepared { _ in }).batches(loader.order(ofEpoch: $0), of: loader.batchSize, from: $1)
    }
  }

  /// Of the first training pictures, two batches at most.
  private func sample() throws -> (source: BatchSource<Int>, seconds: Double) {
    let size = batchSize
    func few(_ count: Int) -> Subset<Int> {
      Subset(data.train, indices: Array(0..<min(count, data.train.count)))
    }
    let width = shape.reduce(1, *)
    // The first pass prepares weights.
    _ = try computed(few(1), width: width) { _ in }
    let pictures = few(2 * size)
    let start = ContinuousClock.now
    let features = try computed(pictures, width: width) { _ in }
    let perPicture = (ContinuousClock.now - start) / .seconds(1) / Double(pictures.count)
    let table = FeatureTable(
      features: features, labels: try (0..<pictures.count).map { try pictures.target(at: $0) })
    let source = BatchSource<Int>(
      batchCount: (pictures.count + size - 1) / size, exampleCount: pictures.count, holdsPictures: false
    ) { _, first in table.batches(Array(0..<table.labels.count), of: size, from: first) }
    return (source, perPicture * Double(data.train.count + data.validation.count))
  }

  /// The features of both parts: those of before, of the file where they fit, or new ones.
  private func prepared(_ progress: (FeatureProgress) -> Void) throws -> Tables {
    if let found = tables.withLock({ $0 }) { return found }
    let key = FeatureKey(data, parts.trunk, preprocessing, shape)
    let (counts, count) = ([data.train.count, data.validation.count], shape.reduce(1, *))
    let total = counts.reduce(0, +)
    func report(_ done: Int, wereKept: Bool) {
      progress(
        FeatureProgress(
          pictures: done, total: total, bytes: 4 * total * count, wereKept: wereKept, file: file))
    }
    let features: [Tensor]
    if let file, let kept = key.read(file, counts: counts, width: count) {
      features = kept
      report(total, wereKept: true)
    } else {
      var done = 0
      features = try [data.train, data.validation].map { part in
        try computed(part, width: count) {
          done += $0
          report(done, wereKept: false)
        }
      }
      if let file { try key.write(features, to: file) }
    }
    func labels(_ part: any Dataset<Int>) throws -> [Int] {
      try (0..<part.count).map { try part.target(at: $0) }
    }
    let result = (
      training: FeatureTable(features: features[0], labels: try labels(data.train)),
      validation: FeatureTable(features: features[1], labels: try labels(data.validation))
    )
    tables.withLock { $0 = result }
    return result
  }

  /// `[pictures, width]`
  private func computed(
    _ part: any Dataset<Int>, width: Int, _ progress: (_ pictures: Int) -> Void
  ) throws -> Tensor {
    let loader = DataLoader(part, pipeline: Pipeline(preprocessing: preprocessing), batchSize: batchSize)
    var (result, row) = (Tensor(zeros: [part.count, width]), 0)
    for loaded in loader.epoch(0) {
      let batch = try loaded.get()
      let output = parts.trunk(batch.images, .inference())
      result.withUnsafeMutableBufferPointer { target in
        output.withUnsafeBufferPointer { source in
          _ = UnsafeMutableBufferPointer(rebasing: target[(row * width)...]).update(fromContentsOf: source)
        }
      }
      row += batch.count
      progress(batch.count)
    }
    return result
  }
}
