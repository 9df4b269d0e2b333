import Engine

/// The numbers of threads on which bits must be the same: alone, as many as processors, not dividing the tasks, and more
/// than there are processors.
public let threadCounts = [1, 2, 3, 8]

/// Runs `body` on so many threads.
public func withThreads<R>(_ count: Int, _ body: () throws -> R) rethrows -> R {
  let before = Parallel.threads
  Parallel.threads = count
  defer { Parallel.threads = before }
  return try body()
}
