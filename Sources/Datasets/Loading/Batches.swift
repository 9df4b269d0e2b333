import Images

/// The batches of one epoch, in order and once. Letting go of it ends the decoding.
///
/// A batch may fail to load, which the language's loop over a sequence has no word for: its elements are results.
///
///     for result in loader.epoch(0) { let batch = try result.get() … }
///
/// ``next()`` gives the same as a function that throws.
public final class Batches<Target: GeometricTarget>: Sequence, Sendable {
  private let queue: EpochQueue<Target>

  init(_ queue: EpochQueue<Target>) {
    self.queue = queue
    queue.start()
  }

  deinit { queue.cancel() }

  /// The next batch, waiting for it if need be; nil after the last.
  /// - Throws: the error of the batch's first example that could not be read. Nothing follows it.
  public func next() throws -> Batch<Target>? { try queue.next() }

  /// Goes on where the last one stopped.
  public func makeIterator() -> Iterator { Iterator(batches: self) }

  /// Takes batch after batch.
  public struct Iterator: IteratorProtocol {
    fileprivate let batches: Batches

    /// The next batch, or the error of its first example that could not be read, which nothing follows.
    public func next() -> Result<Batch<Target>, any Error>? {
      do {
        return try batches.next().map { .success($0) }
      } catch {
        return .failure(error)
      }
    }
  }
}
