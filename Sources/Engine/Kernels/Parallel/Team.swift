import CBLASShim
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The workers of the process. A caller claims some for one call, always in the same order.
final class Team: Sendable {
  static let shared = Team()

  private struct State {
    var workers: [Worker] = []
    /// Whether the system gave no thread when one more was asked for.
    var isFull = false
  }

  private let state = Mutex(State())

  /// Up to `count` workers that nobody else has; they are given back by ``run(_:_:)``.
  func claim(_ count: Int) -> [Worker] {
    guard count > 0 else { return [] }
    return state.withLock { state in
      var claimed: [Worker] = []
      for worker in state.workers where claimed.count < count && worker.claim() { claimed.append(worker) }
      // The number of callers is an estimate; workers beyond what one caller may have are not made for it.
      while claimed.count < count && state.workers.count < count && !state.isFull {
        guard let worker = Worker() else {
          state.isFull = true
          break
        }
        _ = worker.claim()
        state.workers.append(worker)
        claimed.append(worker)
      }
      return claimed
    }
  }

  /// Computes a job on the calling thread and on `helpers`, claimed before.
  static func run(_ job: Job, _ helpers: [Worker]) {
    let begin = Clock.microseconds
    for (index, worker) in helpers.enumerated() { worker.start(job, as: index + 1) }
    job.work(as: 0)
    let end = Clock.microseconds
    // A helper that has not begun finds nothing to do: on a busy machine its turn may be long in coming.
    for worker in helpers where worker.takeBack() { job.unfinishedHelpers.subtract(1, ordering: .relaxed) }
    var spins = 0
    while job.unfinishedHelpers.load(ordering: .acquiring) > 0 {
      spins += 1
      if spins < 4_000 { colonnade_spin_hint() } else { sched_yield() }
    }
    Neighbours.note(
      tasksPerThread: job.count / job.participants, begin: begin,
      first: min(end, job.firstHelperEnd.load(ordering: .relaxed)), last: spins > 0 ? Clock.microseconds : end
    )
    job.finish()
    for worker in helpers { worker.release() }
  }
}

/// How many threads call at once. Between two layers a caller is outside for a moment; therefore the most that were
/// inside over the last two milliseconds count.
final class Crowd: Sendable {
  static let shared = Crowd()
  private static let memory: UInt64 = 2000

  private let inside = Atomic<Int>(0)
  /// When so many were seen, in microseconds, above the lower 16 bits, which are how many.
  private let most = Atomic<UInt64>(0)

  /// Counts the caller in; how many there are.
  func enter() -> Int {
    let callers = UInt64(min(inside.add(1, ordering: .relaxed).newValue, 0xffff))
    let seen = most.load(ordering: .relaxed)
    // A lone caller finds it as it left it: no look at the clock, and nothing is written.
    if callers == 1 && seen & 0xffff == 1 { return 1 }
    let now = Clock.microseconds
    if callers < seen & 0xffff, now - seen >> 16 < Self.memory { return Int(seen & 0xffff) }
    most.store(now << 16 | callers, ordering: .relaxed)
    return Int(callers)
  }

  func leave() { inside.subtract(1, ordering: .relaxed) }
}

/// Whether the calling thread is inside a task.
enum TaskMark {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    precondition(pthread_key_create(&key, nil) == 0, "Parallel: no thread-specific key is left")
    return key
  }()

  static var isSet: Bool {
    get { pthread_getspecific(key) != nil }
    set { pthread_setspecific(key, newValue ? UnsafeRawPointer(bitPattern: 1) : nil) }
  }
}
