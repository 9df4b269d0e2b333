#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Time without the cost of `ContinuousClock`, for what is asked in every loop.
enum Clock {
  static var microseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
  }
}
