#if canImport(Glibc)
  import Glibc
#endif

/// Memory asked of the system.
enum SystemMemory {
  /// A cache line.
  static let alignment = 64
  private static let hugePage = 2 << 20

  /// Uninitialized. What spans several huge pages asks Linux for them: kernels walk through many rows at once, and
  /// each row on a page of its own costs a translation of its address.
  static func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    #if os(Linux)
      if bytes >= 2 * hugePage {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: hugePage)
        // Advice: where the system gives none, nothing is lost.
        madvise(memory, bytes / hugePage * hugePage, MADV_HUGEPAGE)
        return memory
      }
    #endif
    return .allocate(byteCount: bytes, alignment: alignment)
  }
}
