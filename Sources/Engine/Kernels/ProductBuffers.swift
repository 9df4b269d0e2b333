import CBLASShim
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The buffers into which OpenBLAS packs operands: one for each thread that multiplies.
///
/// OpenBLAS maps a buffer when a product first finds none free, and where the system has no room for it, it asks again
/// without end. Therefore a thread's buffer is asked for here, at the thread's first product, and had before OpenBLAS
/// needs it.
enum ProductBuffers {
  /// Address space of a buffer: OpenBLAS takes up to 128 MiB, on x86-64, and aligns it.
  static let bytes = 130 << 20

  private struct State {
    /// Threads that multiply.
    var threads = 0
    /// Where OpenBLAS's buffers are known to lie.
    var known: Set<Int> = []
    /// Whether the process ends: OpenBLAS gives up its buffers then, and complains of one that comes back.
    var isEnding = false
  }

  private static let state = Mutex(State())

  /// Whether the calling thread has a buffer, or could be given one.
  static func reserve() -> Bool {
    if ThreadMark.isSet { return true }
    _ = endWatch
    let hasRoom = state.withLock { state in
      if state.isEnding { return true }
      while state.known.count <= state.threads {
        guard map(&state.known) else { return false }
      }
      state.threads += 1
      return true
    }
    if hasRoom { ThreadMark.isSet = true }
    return hasRoom
  }

  /// Handlers run before libraries are shut down, the last that was registered first.
  private static let endWatch: Void = {
    atexit { ProductBuffers.state.withLock { $0.isEnding = true } }
    return
  }()

  /// Has OpenBLAS map one buffer more than is known; false where there is no room.
  private static func map(_ known: inout Set<Int>) -> Bool {
    let room = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let room, room != MAP_FAILED else { return false }
    munmap(room, bytes)
    // Those that it has already are lent first.
    var lent: [UnsafeMutableRawPointer] = []
    defer { for buffer in lent { colonnade_blas_give_buffer(buffer) } }
    while true {
      guard let buffer = colonnade_blas_take_buffer() else {
        // A library that lends none: room is all that can be known.
        known.insert(-1 - known.count)
        return true
      }
      lent.append(buffer)
      if known.insert(Int(bitPattern: buffer)).inserted { return true }
    }
  }

  /// Whether the calling thread was given its buffer. With the thread's end another may have it.
  private enum ThreadMark {
    private static let key: pthread_key_t = {
      var key = pthread_key_t()
      let status = pthread_key_create(&key) { _ in state.withLock { $0.threads -= 1 } }
      precondition(status == 0, "GEMM: no thread-specific key is left")
      return key
    }()

    static var isSet: Bool {
      get { pthread_getspecific(key) != nil }
      set { pthread_setspecific(key, newValue ? UnsafeRawPointer(bitPattern: 1) : nil) }
    }
  }
}
