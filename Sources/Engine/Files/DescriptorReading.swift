import Foundation

/// Reading from descriptors to the end, all of it: through interruptions and pieces.
package enum DescriptorReading {
  /// Why not all was read.
  package enum Failure: Error {
    /// The code of the system's error.
    case system(Int32)
    /// There is more than the limit.
    case tooLong
  }

  /// All bytes that are left in an open file, pipe or device.
  /// - Parameters:
  ///   - descriptor: is left open.
  ///   - size: how many bytes are expected; a hint, no more.
  ///   - limit: how many there may be at most.
  /// - Returns: memory of `malloc`'s, which is the caller's to free, and how many bytes of it were read.
  package static func all(
    from descriptor: Int32, expecting size: Int = 0, limit: Int
  ) throws(Failure) -> (memory: UnsafeMutableRawPointer, count: Int) {
    var capacity = max(size + 1, 1 << 14)
    guard var memory = malloc(capacity) else { throw .system(ENOMEM) }
    var count = 0
    while true {
      let received = read(descriptor, memory + count, capacity - count)
      if received < 0 && errno == EINTR { continue }
      guard received > 0 else {
        if received == 0 { return (memory, count) }
        let code = errno
        free(memory)
        throw .system(code)
      }
      count += received
      guard count <= limit else {
        free(memory)
        throw .tooLong
      }
      if count == capacity {
        capacity *= 2
        guard let larger = realloc(memory, capacity) else {
          free(memory)
          throw .system(ENOMEM)
        }
        memory = larger
      }
    }
  }
}
