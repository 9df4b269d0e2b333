import CBLASShim
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A thread that spins briefly between jobs, then sleeps.
final class Worker: @unchecked Sendable {
  private enum State { static let idle = 0, asleep = 1, hasJob = 2 }

  /// About 50 µs: longer than the gap between two layers, shorter than a person notices on a battery.
  private static let spinLimit = 4000

  /// How many times workers were told to sleep at once.
  private static let rests = Atomic<Int>(0)

  private let isClaimed = Atomic<Bool>(false)
  private let state = Atomic<Int>(State.idle)
  private let wake = DispatchSemaphore(value: 0)
  /// Written by the caller that has claimed the worker, before ``state`` says that there is a job; read by the thread
  /// that changes it back.
  private nonisolated(unsafe) var job: (job: Job, participant: Int)?

  /// Starts the thread; nil where the system gives none.
  init?() {
    #if canImport(Glibc)
      var thread = pthread_t()
    #else
      var thread: pthread_t?
    #endif
    let context = Unmanaged.passRetained(self)
    let status = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Worker>.fromOpaque(context!).takeRetainedValue().loop()
        return nil
      }, context.toOpaque())
    guard status == 0 else {
      context.release()
      return nil
    }
  }

  /// Sends workers that spin to sleep, and waits the 5 µs that it takes.
  static func rest() {
    rests.add(1, ordering: .relaxed)
    for _ in 0..<400 { colonnade_spin_hint() }
  }

  /// Whether the worker was free, and now is the caller's.
  func claim() -> Bool {
    isClaimed.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
  }

  func release() { isClaimed.store(false, ordering: .releasing) }

  func start(_ job: Job, as participant: Int) {
    self.job = (job, participant)
    let old = state.exchange(State.hasJob, ordering: .acquiringAndReleasing)
    if old == State.asleep { wake.signal() }
  }

  /// Whether the worker had not begun its job, and now will not.
  /// - Precondition: called by the thread that called ``start(_:as:)``.
  func takeBack() -> Bool {
    guard takeJob() else { return false }
    job = nil
    return true
  }

  /// The job belongs to whoever takes it first.
  private func takeJob() -> Bool {
    state.compareExchange(
      expected: State.hasJob, desired: State.idle, ordering: .acquiringAndReleasing
    ).exchanged
  }

  private func loop() {
    // Without memory for its products, jobs are left to whoever gives them, who takes them back.
    guard ProductBuffers.reserve() else { return }
    TaskMark.isSet = true
    while true {
      let (job, participant) = nextJob()
      job.work(as: participant)
      job.leave()
    }
  }

  private func nextJob() -> (Job, Int) {
    while true {
      let rests = Self.rests.load(ordering: .relaxed)
      for _ in 0..<Self.spinLimit {
        if Self.rests.load(ordering: .relaxed) != rests { break }
        if state.load(ordering: .relaxed) == State.hasJob, takeJob() {
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
