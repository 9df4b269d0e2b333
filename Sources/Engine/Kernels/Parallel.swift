import CBLASShim
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Colonnade's own worker threads: the one way work is split.
///
/// Work is cut into tasks by shape alone, never by the number of threads, and each task is computed by one thread:
/// results have the same bits on any number of threads. Calls from several threads at once, and calls
/// from inside a task, are safe: whoever finds the workers busy computes on its own thread.
public enum Parallel {
  private static let requested = Atomic<Int>(0)

  /// How many threads compute, the caller's included. The default is the number of processors.
  public static var threads: Int {
    get {
      let count = requested.load(ordering: .relaxed)
      return count > 0 ? count : processors
    }
    set {
      precondition(newValue >= 1, "Parallel.threads: \(newValue) is not a number of threads")
      requested.store(newValue, ordering: .relaxed)
    }
  }

  /// The number of processors this process may use.
  public static let processors = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  /// Calls `body` once for each of `0..<count`, on all threads, and returns when all are done.
  public static func forEach(_ count: Int, _ body: (Int) -> Void) {
    let helpers = min(threads, count) - 1
    guard helpers > 0, Team.shared.tryEnter() else {
      for index in 0..<max(count, 0) { body(index) }
      return
    }
    defer { Team.shared.leave() }
    withoutActuallyEscaping(body) { body in
      Team.shared.run(Job(count: count, body: body), helpers: helpers)
    }
  }

  /// Calls `body` with consecutive ranges that cover `0..<count`, at most `grain` long and in fours (`balancedPiece`);
  /// long ones begin at whole vectors.
  public static func forEachRange(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    guard count > 0 else { return }
    var length = count.balancedPiece(atMost: grain)
    if length >= 128 { length = length.dividedUp(by: 16) * 16 }
    if length >= count { return body(0..<count) }
    forEach(count.dividedUp(by: length)) { index in
      body(index * length..<min(count, (index + 1) * length))
    }
  }
}

/// One call's tasks; threads take the next index until none is left.
private final class Job: @unchecked Sendable {
  let count: Int
  /// Dropped by the caller when all helpers are done: a helper may hold the job a moment longer, but the closure
  /// must not outlive the call.
  private var body: ((Int) -> Void)?
  let next = Atomic<Int>(0)
  let unfinishedHelpers = Atomic<Int>(0)

  init(count: Int, body: @escaping (Int) -> Void) {
    self.count = count
    self.body = body
  }

  /// Not inlined, so that its hold on the closure ends before the helper says that it is done.
  @inline(never)
  func work() {
    let body = body!
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body(index)
    }
  }

  /// - Precondition: every thread has left ``work()``.
  func finish() { body = nil }
}

/// The workers. One caller at a time has them.
private final class Team: @unchecked Sendable {
  static let shared = Team()

  private let busy = Atomic<Bool>(false)
  private var workers: [Worker] = []

  func tryEnter() -> Bool {
    busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
  }

  func leave() { busy.store(false, ordering: .releasing) }

  /// - Precondition: the caller has entered.
  func run(_ job: Job, helpers: Int) {
    while workers.count < helpers { workers.append(Worker()) }
    job.unfinishedHelpers.store(helpers, ordering: .relaxed)
    for worker in workers[..<helpers] { worker.start(job) }
    job.work()
    // A helper that has not begun finds nothing to do: on a busy machine its turn may be long in coming.
    for worker in workers[..<helpers] where worker.takeBack() {
      job.unfinishedHelpers.subtract(1, ordering: .relaxed)
    }
    var spins = 0
    while job.unfinishedHelpers.load(ordering: .acquiring) > 0 {
      spins += 1
      if spins < 20_000 { colonnade_spin_hint() } else { sched_yield() }
    }
    job.finish()
  }
}

/// A thread that spins briefly between jobs, then sleeps.
private final class Worker: @unchecked Sendable {
  private enum State { static let idle = 0, asleep = 1, hasJob = 2 }

  /// About 50 µs: longer than the gap between two layers, shorter than a person notices on a battery.
  private static let spinLimit = 4000

  private let state = Atomic<Int>(State.idle)
  private let wake = DispatchSemaphore(value: 0)
  private nonisolated(unsafe) var job: Job?

  init() {
    let queue = DispatchQueue(label: "colonnade.worker", qos: .userInitiated)
    queue.async { [unowned self] in loop() }
  }

  func start(_ job: Job) {
    self.job = job
    let old = state.exchange(State.hasJob, ordering: .acquiringAndReleasing)
    if old == State.asleep { wake.signal() }
  }

  /// Whether the worker had not begun its job, and now will not.
  /// - Precondition: called by the thread that called ``start(_:)``.
  func takeBack() -> Bool {
    guard claim() else { return false }
    job = nil
    return true
  }

  /// The job belongs to whoever claims it first.
  private func claim() -> Bool {
    state.compareExchange(
      expected: State.hasJob, desired: State.idle, ordering: .acquiringAndReleasing
    ).exchanged
  }

  private func loop() {
    while true {
      let job = nextJob()
      job.work()
      job.unfinishedHelpers.subtract(1, ordering: .releasing)
    }
  }

  private func nextJob() -> Job {
    while true {
      for _ in 0..<Self.spinLimit {
        if state.load(ordering: .relaxed) == State.hasJob, claim() {
          defer { job = nil }
          return job!
        }
        colonnade_spin_hint()
      }
      let (sleeps, _) = state.compareExchange(
        expected: State.idle, desired: State.asleep, ordering: .acquiringAndReleasing)
      if sleeps { wake.wait() }
    }
  }
}
