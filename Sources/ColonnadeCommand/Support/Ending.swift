import Colonnade
import Foundation
import Synchronization

/// The process's end where something else than its work ends it: a signal, an output that cannot be written, want of
/// memory. No partial file is left, the terminal's next prompt stands on a line of its own, and where a run is under way
/// one line says what is safe and how to go on.
enum Ending {
  /// What ends a process from outside, and what is said of it.
  private static let signals = [
    SIGINT: "interrupted", SIGTERM: "told to end (SIGTERM)", SIGHUP: "the terminal was closed (SIGHUP)",
    SIGQUIT: "told to quit (SIGQUIT)",
  ]
  private struct Advice {
    var text: String
    /// What must still be there for it to be true; nil is nothing.
    var file: String?
  }

  private static let advice = Mutex<Advice?>(nil)
  /// Where the handler puts a signal's number; in a handler little more than this may be done.
  private static let pipeEnd = Atomic<Int32>(-1)

  /// What to say beside the reason, wherever the process ends; nil where nothing is under way.
  /// - Parameter file: what it speaks of: where somebody has removed that, it is not said.
  static func advise(_ text: String?, of file: String? = nil) {
    advice.withLock { $0 = text.map { Advice(text: $0, file: file) } }
  }

  static var presentAdvice: String? {
    guard let advice = advice.withLock({ $0 }) else { return nil }
    guard let file = advice.file, access(file, F_OK) != 0 else { return advice.text }
    return "\(file) is gone: nothing of the run can be gone on with"
  }

  /// Called once, before anything else.
  static func prepare() {
    // The next file to be opened would get the number of a closed stream, and messages would be written into it. This one
    // cannot be written to.
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", O_RDONLY)
    }
    // Writing is then an error like any other: EPIPE, EFBIG.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }

    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    pipeEnd.store(ends[1], ordering: .relaxed)
    let readingEnd = ends[0]
    let watcher = Thread {
      var number: UInt8 = 0
      while read(readingEnd, &number, 1) != 1 {}
      end(by: Int32(number))
    }
    watcher.stackSize = 1 << 18
    watcher.start()
    for number in signals.keys {
      let before = signal(number) { number in
        let code = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = Foundation.write(Ending.pipeEnd.load(ordering: .relaxed), &byte, 1)
        errno = code
      }
      // What whoever started the process had it ignore (nohup) stays ignored.
      if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        signal(number, SIG_IGN)
      }
    }
  }

  /// Ends the process for a reason of its own.
  static func now(_ failure: Failure) -> Never {
    clearUp()
    failure.report()
    _exit(failure.code.rawValue)
  }

  /// Ends the process once its work is done, or what went wrong has been said.
  ///
  /// At once: libraries do not clear up. Under a limit of address space OpenBLAS would wait there for its own thread, which
  /// asks for a buffer without end.
  static func exit(_ status: Int32) -> Never {
    fflush(nil)
    _exit(status)
  }

  /// Ends the process by the signal that it got, so that whoever started it sees that.
  private static func end(by number: Int32) {
    // A second one ends it at once.
    for each in signals.keys { signal(each, SIG_DFL) }
    clearUp()
    if let advice = presentAdvice {
      Diagnostics.error(signals[number] ?? "told to end")
      Diagnostics.note(advice)
    }
    kill(getpid(), number)
  }

  private static func clearUp() {
    Terminal.seize()
    PartialFiles.removeAll()
    Terminal.endLine()
  }
}
