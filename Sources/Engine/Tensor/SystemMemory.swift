#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Memory asked of the system.
enum SystemMemory {
  /// A cache line.
  static let alignment = 64
  private static let hugePage = 2 << 20

  /// Uninitialized; nil where the system gives none. What spans several huge pages asks Linux for them: kernels walk
  /// through many rows at once, and each row on a page of its own costs a translation of its address.
  static func allocate(bytes: Int) -> UnsafeMutableRawPointer? {
    let isLarge = bytes >= 2 * hugePage
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, isLarge ? hugePage : alignment, bytes) == 0 else { return nil }
    #if os(Linux)
      // Advice: where the system gives none, nothing is lost.
      if isLarge { madvise(memory, bytes / hugePage * hugePage, MADV_HUGEPAGE) }
    #endif
    return memory
  }

  static func free(_ memory: UnsafeMutableRawPointer) {
    #if canImport(Glibc)
      Glibc.free(memory)
    #else
      Darwin.free(memory)
    #endif
  }
}
