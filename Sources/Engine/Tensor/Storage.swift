/// A 64-byte aligned buffer of `Float`, taken from the pool and given back with its last reference.
///
/// Shared between tensors; whoever writes must hold the only reference (copy on write, see ``Tensor``).
package final class Storage: @unchecked Sendable {
  package let pointer: UnsafeMutablePointer<Float>
  private let capacity: Int

  /// An uninitialized buffer of `count` elements.
  /// - Parameter isLasting: for what is kept while activations come and go.
  package init(count: Int, isLasting: Bool = false) {
    let (raw, capacity) = BufferPool.shared.take(
      bytes: count * MemoryLayout<Float>.stride, isLasting: isLasting)
    self.pointer = raw.bindMemory(to: Float.self, capacity: capacity / MemoryLayout<Float>.stride)
    self.capacity = capacity
  }

  deinit { BufferPool.shared.give(UnsafeMutableRawPointer(pointer), capacity: capacity) }
}

/// Lends an uninitialized, pooled buffer of `count` elements for the duration of `body`.
@inline(__always)
package func withWorkspace<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> R) -> R {
  let storage = Storage(count: count)
  return withExtendedLifetime(storage) { body(storage.pointer) }
}
