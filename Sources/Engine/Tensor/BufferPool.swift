import Synchronization

/// Keeps the buffers of released tensors for reuse, so that a step in the steady state allocates nothing.
///
/// Buffers are binned by size class (eight classes an octave, at most 12.5 % larger than asked for). Where its class
/// has no idle buffer, a request takes the smallest larger one, up to four times its size: activations shrink along a
/// network, and what held the first ones holds the later ones. Buffers below a page are left to the system allocator,
/// which is faster for them.
public final class BufferPool: Sendable {
  /// The pool of all tensors of the process.
  public static let shared = BufferPool()

  private static let smallestPooledBytes = 4096

  /// Memory that nobody reads while it is idle.
  fileprivate struct Buffer: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
  }

  fileprivate struct State {
    /// By size class.
    var free = [[Buffer]](repeating: [], count: SizeClass.count)
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

  /// What is held now, and what was; read at one moment.
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
  public func trim() { state.withLock { $0.trim() } }

  /// - Parameter isLasting: for what stays, such as weights: it takes no buffer that is more than a quarter larger.
  func take(bytes: Int, isLasting: Bool) -> (pointer: UnsafeMutableRawPointer, capacity: Int) {
    guard bytes > Self.smallestPooledBytes else {
      let capacity = max(bytes, 1).dividedUp(by: SystemMemory.alignment) * SystemMemory.alignment
      return state.withLock {
        $0.noteLive(capacity)
        return ($0.allocate(capacity).pointer, capacity)
      }
    }
    let wanted = SizeClass(holding: bytes)
    let (buffer, capacity) = state.withLock { state -> (Buffer, Int) in
      let classes = wanted.index..<min(wanted.index + (isLasting ? 3 : 17), SizeClass.count)
      if let found = classes.first(where: { !state.free[$0].isEmpty }) {
        let (buffer, capacity) = (state.free[found].removeLast(), SizeClass(index: found).bytes)
        state.idleBytes -= capacity
        state.noteLive(capacity)
        return (buffer, capacity)
      }
      let capacity = wanted.bytes
      state.systemAllocations += 1
      state.noteLive(capacity)
      return (state.allocate(capacity), capacity)
    }
    return (buffer.pointer, capacity)
  }

  /// A buffer of the system's, whatever is idle.
  func takeNew(bytes: Int) -> (pointer: UnsafeMutableRawPointer, capacity: Int) {
    guard bytes > Self.smallestPooledBytes else { return take(bytes: bytes, isLasting: false) }
    let capacity = SizeClass(holding: bytes).bytes
    let buffer = state.withLock { state -> Buffer in
      state.systemAllocations += 1
      state.noteLive(capacity)
      return state.allocate(capacity)
    }
    return (buffer.pointer, capacity)
  }

  /// - Parameter keeps: whether the buffer may wait for the next request of its size.
  func give(_ pointer: UnsafeMutableRawPointer, capacity: Int, keeps: Bool = true) {
    let buffer = Buffer(pointer: pointer)
    state.withLock { state in
      state.liveBytes -= capacity
      if keeps && capacity > Self.smallestPooledBytes {
        state.free[SizeClass(holding: capacity).index].append(buffer)
        state.idleBytes += capacity
      } else {
        SystemMemory.free(buffer.pointer)
      }
    }
  }
}

/// Sizes in steps of an eighth of the power of two below, from 9 bytes on.
private struct SizeClass {
  static let count = (Int.bitWidth - 1) * 8

  let index: Int

  init(index: Int) { self.index = index }

  /// The smallest class of at least so many bytes.
  init(holding bytes: Int) {
    let octave = Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount
    index = octave * 8 + bytes.dividedUp(by: 1 << (octave - 3)) - 9
  }

  var bytes: Int { (index % 8 + 9) << (index / 8 - 3) }
}

extension BufferPool.State {
  fileprivate mutating func noteLive(_ bytes: Int) {
    liveBytes += bytes
    peakBytes = max(peakBytes, liveBytes)
  }

  /// Memory of the system's, for which idle buffers go where they must.
  fileprivate mutating func allocate(_ bytes: Int) -> BufferPool.Buffer {
    if let memory = SystemMemory.allocate(bytes: bytes) { return BufferPool.Buffer(pointer: memory) }
    trim()
    if let memory = SystemMemory.allocate(bytes: bytes) { return BufferPool.Buffer(pointer: memory) }
    Exhaustion.end(
      "out of memory: the system gives no \(bytes) bytes for a tensor beside \(liveBytes - bytes) in use; "
        + "smaller batches or pictures take less, and a limit (ulimit -v) may be raised")
  }

  fileprivate mutating func trim() {
    for index in free.indices {
      for buffer in free[index] { SystemMemory.free(buffer.pointer) }
      free[index] = []
    }
    idleBytes = 0
  }
}
