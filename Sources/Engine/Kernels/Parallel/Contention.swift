/// For how long loops do with a thread less because other programs are on the process's processors.
///
/// A thread that the system stops in the middle of a task, for somebody else's, holds up its whole loop for one of the system's
/// slices of time, several milliseconds, while the others wait. Beside one busy program two threads take up to four times as
/// long as alone; one takes no longer, as it has the processor that is free. So after such a loop the next ones have a thread
/// less for a pause, and for twice as long each time that it is found again soon.
package struct Contention: Sendable {
  /// In microseconds, as everything here.
  private static let (shortest, longest): (UInt64, UInt64) = (8_000, 128_000)
  /// So long a thread is waited for where tasks are merely unequal.
  static let leastGap: UInt64 = 500
  /// Tasks of a thread from which on one of them cannot be half of the loop.
  private static let manyTasks = 4

  /// Until when loops have a thread less.
  package private(set) var end: UInt64 = 0
  private var pause: UInt64 = 0

  package init() {}

  /// Takes note of a loop.
  /// - Parameters:
  ///   - tasks: of the loop, for each of its threads.
  ///   - begin: of the loop, by a clock that does not go back.
  ///   - first: when the first thread found nothing left to do.
  ///   - last: when all had.
  package mutating func note(tasksPerThread tasks: Int, begin: UInt64, first: UInt64, last: UInt64) {
    let (gap, length) = (last - min(first, last), last - begin)
    guard gap > Self.leastGap, tasks >= Self.manyTasks ? 2 * gap > length : 8 * gap > 7 * length else {
      return
    }
    pause = begin < end + 4 * pause ? min(2 * pause, Self.longest) : Self.shortest
    end = last + pause
  }
}
