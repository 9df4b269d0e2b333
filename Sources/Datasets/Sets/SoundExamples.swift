import Engine
import Images
import Synchronization

extension Dataset {
  /// Reads every picture once, and tells which can be read.
  ///
  /// To train on those, ``Subset`` is given the places. It is known then before the first epoch how many are missing,
  /// and every epoch has the same batches.
  /// - Returns: the places of the pictures that can be read, in order, and the errors of the others.
  public func soundExamples() -> (indices: [Int], errors: [any Error]) {
    let failures = Mutex([(index: Int, error: any Error)]())
    Parallel.forEachRange(count, grain: 16) { range in
      for index in range {
        do {
          _ = try example(at: index)
        } catch {
          failures.withLock { $0.append((index, error)) }
        }
      }
    }
    let found = failures.withLock { $0 }.sorted { $0.index < $1.index }
    let broken = Set(found.map(\.index))
    return ((0..<count).filter { !broken.contains($0) }, found.map(\.error))
  }
}
