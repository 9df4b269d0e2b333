import Foundation

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

  /// Writes at once, all of it.
  func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  func print(_ line: String = "") { write(line + "\n") }
}
