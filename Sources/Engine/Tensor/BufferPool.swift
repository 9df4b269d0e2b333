import Synchronization

/// Keeps the buffers of released tensors for reuse, so that a step in the steady state allocates nothing.
///
/// Buffers are binned by size class (eight classes an octave, at most 12.5 % larger than asked for).
/// Buffers below a page are left to the system allocator, which is faster for them.
public final class BufferPool: Sendable {
  public static let shared = BufferPool()

  static let alignment = 64
  private static let smallestPooledBytes = 4096

  /// Memory that nobody reads while it is idle.
  fileprivate struct Buffer: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
  }

  fileprivate struct State {
    var free: [Int: [Buffer]] = [:]
    var idleBytes = 0
    var liveBytes = 0
    var peakBytes = 0
    var systemAllocations = 0
  }

  private let state = Mutex(State())

  /// Counters for tests and benchmarks.
  public struct Statistics: Sendable {
    /// Bytes held by tensors now.
    public var liveBytes: Int
    /// The largest `liveBytes` seen so far.
    public var peakBytes: Int
    /// Bytes kept for reuse.
    public var idleBytes: Int
    /// How often memory was asked of the system, for buffers of a page or more.
    public var systemAllocations: Int
  }

  public var statistics: Statistics {
    state.withLock {
      Statistics(
        liveBytes: $0.liveBytes, peakBytes: $0.peakBytes, idleBytes: $0.idleBytes,
        systemAllocations: $0.systemAllocations)
    }
  }

  /// Lets ``Statistics/peakBytes`` start again from what is held now.
  public func resetPeak() { state.withLock { $0.peakBytes = $0.liveBytes } }

  /// Gives all idle buffers back to the system.
  public func trim() {
    state.withLock { state in
      for buffer in state.free.values.joined() { buffer.pointer.deallocate() }
      state.free.removeAll()
      state.idleBytes = 0
    }
  }

  static func sizeClass(_ bytes: Int) -> Int {
    guard bytes > smallestPooledBytes else { return (max(bytes, 1) + alignment - 1) & ~(alignment - 1) }
    let step = 1 << (Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount - 3)
    return (bytes + step - 1) / step * step
  }

  func take(bytes: Int) -> (pointer: UnsafeMutableRawPointer, capacity: Int) {
    let wanted = Self.sizeClass(bytes)
    let (buffer, capacity) = state.withLock { state -> (Buffer, Int) in
      // An idle buffer up to a quarter too large is better used than left beside a new one.
      var capacity = wanted
      while wanted > Self.smallestPooledBytes, capacity <= wanted + wanted / 4 {
        if let buffer = state.free[capacity]?.popLast() {
          state.idleBytes -= capacity
          state.noteLive(capacity)
          return (buffer, capacity)
        }
        capacity = Self.sizeClass(capacity + 1)
      }
      if wanted > Self.smallestPooledBytes { state.systemAllocations += 1 }
      state.noteLive(wanted)
      let pointer = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: Self.alignment)
      return (Buffer(pointer: pointer), wanted)
    }
    return (buffer.pointer, capacity)
  }

  func give(_ pointer: UnsafeMutableRawPointer, capacity: Int) {
    let buffer = Buffer(pointer: pointer)
    state.withLock { state in
      state.liveBytes -= capacity
      if capacity > Self.smallestPooledBytes {
        state.free[capacity, default: []].append(buffer)
        state.idleBytes += capacity
      } else {
        buffer.pointer.deallocate()
      }
    }
  }
}

extension BufferPool.State {
  fileprivate mutating func noteLive(_ bytes: Int) {
    liveBytes += bytes
    peakBytes = max(peakBytes, liveBytes)
  }
}
