import Synchronization

/// Other programs on the process's processors, see ``Contention``.
enum Neighbours {
  private static let contention = Mutex(Contention())
  /// As ``Contention/end``; 0 where it is over.
  private static let end = Atomic<UInt64>(0)

  /// Whether a loop should do with a thread less.
  static var areBusy: Bool {
    let end = end.load(ordering: .relaxed)
    // Mostly so: no look at the clock.
    guard end > 0 else { return false }
    if Clock.microseconds < end { return true }
    Self.end.store(0, ordering: .relaxed)
    return false
  }

  /// As ``Contention/note(tasksPerThread:begin:first:last:)``.
  static func note(tasksPerThread tasks: Int, begin: UInt64, first: UInt64, last: UInt64) {
    // Most loops are over before anybody can have been held up.
    guard last - begin > Contention.leastGap else { return }
    contention.withLock { contention in
      contention.note(tasksPerThread: tasks, begin: begin, first: first, last: last)
      end.store(contention.end, ordering: .relaxed)
    }
  }
}
