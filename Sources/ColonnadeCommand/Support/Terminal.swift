import Colonnade
import Foundation
import Synchronization

/// One of the process's output streams: whether a person sees it, how wide it is, how it is coloured.
struct Terminal: Sendable {
  enum Style: Int, Sendable {
    case bold = 1
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33
    case cyan = 36
  }

  static let standardOutput = Terminal(descriptor: STDOUT_FILENO)
  static let standardError = Terminal(descriptor: STDERR_FILENO)

  private let descriptor: Int32
  /// Whether the stream is a terminal that can move its cursor.
  let isInteractive: Bool
  /// Whether bars and colours may be used: on a terminal, unless NO_COLOR is set (<https://no-color.org>).
  let isDecorated: Bool

  init(descriptor: Int32) {
    let environment = ProcessInfo.processInfo.environment
    self.descriptor = descriptor
    isInteractive = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
    isDecorated = isInteractive && environment["NO_COLOR", default: ""].isEmpty
  }

  /// The number of columns; 80 where there is no telling.
  var width: Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// The text in a style where the stream shows one.
  func styled(_ text: String, _ styles: Style...) -> String {
    guard isDecorated, !styles.isEmpty else { return text }
    let codes = styles.map { String($0.rawValue) }.joined(separator: ";")
    return "\u{1B}[\(codes)m\(text)\u{1B}[0m"
  }

  /// Writes at once, all of it. A standard output that cannot be written to ends the process: the command's work is for
  /// nothing.
  func write(_ text: String) {
    Self.lock.lock()
    defer { Self.lock.unlock() }
    var text = text
    let code = text.withUTF8 { DescriptorWriting.write(UnsafeRawBufferPointer($0), to: descriptor) }
    if isInteractive {
      Self.isWithinLine.store(
        text.utf8.last != UInt8(ascii: "\n") && !text.hasSuffix(ProgressLine.erasure), ordering: .relaxed)
    }
    guard code != 0 && descriptor == STDOUT_FILENO else { return }
    let reason = String(cString: strerror(code))
    Ending.now(Failure(.cannotCreate, "the standard output cannot be written: \(reason)"))
  }

  /// Writing is one thread's at a time, so that lines stay whole.
  private static let lock = NSRecursiveLock()
  /// Whether a terminal's cursor stands behind something.
  private static let isWithinLine = Atomic<Bool>(false)

  /// From now on no other thread writes; for the one that ends the process. Whoever is writing to a pipe that nobody reads is
  /// not waited for.
  static func seize() { _ = lock.lock(before: Date(timeIntervalSinceNow: 0.5)) }

  /// Takes a terminal's cursor to a new line where it is not at the beginning of one.
  static func endLine() {
    guard isWithinLine.load(ordering: .relaxed) else { return }
    (standardOutput.isInteractive ? standardOutput : standardError).write("\n")
  }

  func print(_ line: String = "") { write(line + "\n") }
}
