import CBLASShim
import Synchronization

/// One call's tasks. Each participant has a share, consecutive tasks, which it takes from the front; when that is empty it
/// takes from the back of the fullest other share.
final class Job: @unchecked Sendable {
  /// The tasks left in a share: the first in the lower half, the end in the upper. On cache lines of its own.
  private struct Share: ~Copyable {
    let tasks: Atomic<UInt64>
    private let padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0)

    init(_ range: Range<Int>) { tasks = Atomic(Self.packed(range.lowerBound, range.upperBound)) }

    static func packed(_ first: Int, _ end: Int) -> UInt64 {
      UInt64(truncatingIfNeeded: first) | UInt64(truncatingIfNeeded: end) << 32
    }

    var left: Int {
      let tasks = tasks.load(ordering: .relaxed)
      return Int(tasks >> 32) - Int(tasks & 0xffff_ffff)
    }

    /// The first task, or the last; nil where none is left.
    func take(last: Bool) -> Int? {
      var seen = tasks.load(ordering: .relaxed)
      while true {
        let (first, end) = (Int(seen & 0xffff_ffff), Int(seen >> 32))
        guard first < end else { return nil }
        let rest = last ? Self.packed(first, end - 1) : Self.packed(first + 1, end)
        let (exchanged, now) = tasks.weakCompareExchange(expected: seen, desired: rest, ordering: .relaxed)
        if exchanged { return last ? end - 1 : first }
        seen = now
      }
    }
  }

  let count, participants: Int
  private let shares: UnsafeMutablePointer<Share>
  /// Dropped by the caller when all helpers are done: a helper may hold the job a moment longer, but the closure
  /// must not outlive the call.
  private var body: ((Int) -> Void)?
  let unfinishedHelpers: Atomic<Int>
  /// When the first helper found nothing left to do, in microseconds.
  let firstHelperEnd = Atomic<UInt64>(.max)
  private let callersProcessor = colonnade_processor()

  /// - Precondition: fewer than 2³² tasks.
  init(count: Int, participants: Int, body: @escaping (Int) -> Void) {
    precondition(count < 1 << 32, "Parallel: \(count) tasks")
    self.count = count
    self.participants = participants
    self.body = body
    unfinishedHelpers = Atomic(participants - 1)
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: participants * MemoryLayout<Share>.stride, alignment: SystemMemory.alignment)
    shares = memory.bindMemory(to: Share.self, capacity: participants)
    for index in 0..<participants {
      (shares + index).initialize(
        to: Share(count * index / participants..<count * (index + 1) / participants))
    }
  }

  deinit { shares.deallocate() }

  /// Computes tasks until none is left. Not inlined, so that a helper's hold on the closure ends before it says that it
  /// is done.
  @inline(never)
  func work(as participant: Int) {
    let body = body!
    while let index = shares[participant].take(last: false) { body(index) }
    while let index = takeFromOthers() { body(index) }
  }

  private func takeFromOthers() -> Int? {
    while true {
      var (fullest, most) = (0, 0)
      for index in 0..<participants {
        let left = shares[index].left
        if left > most { (fullest, most) = (index, left) }
      }
      if most == 0 { return nil }
      if let task = shares[fullest].take(last: true) { return task }
    }
  }

  /// The last that a helper does for the job.
  func leave() {
    firstHelperEnd.min(Clock.microseconds, ordering: .relaxed)
    unfinishedHelpers.subtract(1, ordering: .releasing)
    // Woken on the caller's processor, it would take turns with it for milliseconds before the system looks for a free one.
    if callersProcessor >= 0 && colonnade_processor() == callersProcessor {
      colonnade_leave_processor(callersProcessor)
    }
  }

  /// - Precondition: every thread has left ``work(as:)``.
  func finish() { body = nil }
}
