import Engine
import Foundation
import Images

/// One epoch's work, shared by the worker threads that prepare examples and the consumer of batches.
///
/// Workers take the examples in order, but none of a batch that is `prefetch` or more ahead of the consumer. Whoever
/// prepares the last example of a batch puts it together.
final class EpochQueue<Target: GeometricTarget>: @unchecked Sendable {
  private let loader: DataLoader<Target>
  private let order: [Int]
  /// How often the example of each place came before in the epoch; nil where each comes once.
  private let repetitions: [Int]?
  private let generator: RandomStream

  // Guarded by `condition`.
  private let condition = NSCondition()
  private var nextPosition = 0
  private var nextBatch = 0
  private var isOver = false
  private var unfinished: [Int: UnfinishedBatch] = [:]
  private var finished: [Int: Result<Batch<Target>, any Error>] = [:]

  private struct UnfinishedBatch {
    var examples: [Result<Example<Target>, any Error>?]
    var missing: Int
  }

  /// - Parameter first: the batch that comes first.
  init(_ loader: DataLoader<Target>, order: [Int], generator: RandomStream, first: Int) {
    self.loader = loader
    self.order = order
    self.generator = generator
    nextBatch = first
    nextPosition = min(first * loader.batchSize, order.count)
    repetitions =
      loader.balancing.map { _ in
        var seen: [Int: Int] = [:]
        return order.map { index in
          defer { seen[index, default: 0] += 1 }
          return seen[index, default: 0]
        }
      }
  }

  func start() {
    for _ in 0..<min(loader.workers, order.count) {
      let thread = Thread { [self] in work() }
      thread.name = "colonnade.loader"
      thread.start()
    }
  }

  func cancel() {
    condition.withLock {
      isOver = true
      condition.broadcast()
    }
  }

  func next() throws -> Batch<Target>? {
    let result = condition.withLock { () -> Result<Batch<Target>, any Error>? in
      guard !isOver, nextBatch * loader.batchSize < order.count else { return nil }
      while finished[nextBatch] == nil { condition.wait() }
      let result = finished.removeValue(forKey: nextBatch)
      nextBatch += 1
      if case .failure = result { isOver = true }
      condition.broadcast()
      return result
    }
    return try result?.get()
  }

  private func work() {
    while let position = takePosition() {
      let example = Result { try prepare(position) }
      let batch = position / loader.batchSize
      guard let examples = deliver(example, position, batch) else { continue }
      let result = Result { try assemble(examples, from: batch * loader.batchSize) }
      condition.withLock {
        finished[batch] = result
        condition.broadcast()
      }
    }
  }

  /// The next example to prepare, waiting while enough are ahead; nil when there is none.
  private func takePosition() -> Int? {
    condition.withLock {
      while !isOver, nextPosition < order.count,
        nextPosition / loader.batchSize >= nextBatch + loader.prefetch
      {
        condition.wait()
      }
      guard !isOver, nextPosition < order.count else { return nil }
      nextPosition += 1
      return nextPosition - 1
    }
  }

  private func prepare(_ position: Int) throws -> Example<Target> {
    let index = order[position]
    var generator = generator.split(index)
    // What comes again comes otherwise.
    if let repetition = repetitions?[position], repetition > 0 { generator = generator.split(repetition) }
    guard let picture = try loader.dataset.encodedPicture(at: index) else {
      return try loader.pipeline(loader.dataset.example(at: index), &generator)
    }
    return try loader.pipeline(picture, loader.dataset.target(at: index), &generator)
  }

  /// Stores an example; all of its batch if it was the last one missing.
  private func deliver(
    _ example: Result<Example<Target>, any Error>, _ position: Int, _ batch: Int
  ) -> [Result<Example<Target>, any Error>?]? {
    condition.withLock {
      let size = min(loader.batchSize, order.count - batch * loader.batchSize)
      unfinished[
        batch, default: UnfinishedBatch(examples: Array(repeating: nil, count: size), missing: size)
      ].examples[position % loader.batchSize] = example
      unfinished[batch]!.missing -= 1
      return unfinished[batch]!.missing == 0 ? unfinished.removeValue(forKey: batch)!.examples : nil
    }
  }

  /// - Throws: the error of the first example that has one.
  private func assemble(_ results: [Result<Example<Target>, any Error>?], from start: Int) throws -> Batch<
    Target
  > {
    let examples = try results.map { try $0!.get() }
    let batch = try loader.collation.batch(
      examples, indices: Array(order[start..<start + examples.count]), loader.preprocessing)
    guard let mixing = loader.mixing else { return batch }
    var generator = generator.split("mixing").split(order[start])
    return mixing.draw(for: batch.sizes[0], &generator).map(batch.mixed) ?? batch
  }
}
