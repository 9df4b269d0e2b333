/// A 64-byte aligned buffer of `Float`, taken from the pool and given back with its last reference.
///
/// Shared between tensors; whoever writes must hold the only reference (copy on write, see ``Tensor``). That rule is what
/// makes it `Sendable`, and the compiler cannot see it.
package final class Storage: @unchecked Sendable {
  package let pointer: UnsafeMutablePointer<Float>
  private let capacity: Int
  /// Whether the pool keeps the buffer when it is released. Changed, like the elements, by who holds the only reference.
  private var isKept: Bool

  /// An uninitialized buffer of `count` elements.
  /// - Parameters:
  ///   - isLasting: for what is kept while activations come and go.
  ///   - isKept: false takes no idle buffer of the pool and leaves it none: for what is used once.
  package init(count: Int, isLasting: Bool = false, isKept: Bool = true) {
    let bytes = count * MemoryLayout<Float>.stride
    let (raw, capacity) =
      isKept
      ? BufferPool.shared.take(bytes: bytes, isLasting: isLasting) : BufferPool.shared.takeNew(bytes: bytes)
    self.pointer = raw.bindMemory(to: Float.self, capacity: capacity / MemoryLayout<Float>.stride)
    self.capacity = capacity
    self.isKept = isKept
  }

  deinit { BufferPool.shared.give(UnsafeMutableRawPointer(pointer), capacity: capacity, keeps: isKept) }

  /// Lets go of a buffer, which goes back to the system if this was the last reference.
  static func discard(_ storage: inout Storage?) {
    if isKnownUniquelyReferenced(&storage) { storage?.isKept = false }
    storage = nil
  }
}

/// Lends an uninitialized, pooled buffer of `count` elements for the duration of `body`.
@inline(__always)
package func withWorkspace<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> R) -> R {
  let storage = Storage(count: count)
  return withExtendedLifetime(storage) { body(storage.pointer) }
}
