import Foundation

/// A line of a terminal that is written over and over, at most ten times a second. Elsewhere a line every so often.
final class ProgressLine {
  /// Takes the terminal's line away.
  static let erasure = "\r\u{1B}[K"

  private let terminal: Terminal
  private var lastDrawing: ContinuousClock.Instant?
  private var lastLine = ContinuousClock.now
  private var isShown = false

  init(_ terminal: Terminal) { self.terminal = terminal }

  /// Between lines where there is no terminal: 30 seconds, or what COLONNADE_PROGRESS_SECONDS says.
  private static let interval: Duration = {
    let asked = ProcessInfo.processInfo.environment["COLONNADE_PROGRESS_SECONDS"].flatMap(Double.init)
    return .seconds(asked.flatMap { 0...1e6 ~= $0 ? $0 : nil } ?? 30)
  }()

  /// - Parameters:
  ///   - share: how full the bar is, in 0...1.
  ///   - before, after: what stands beside the bar.
  ///   - isDue: draws even if the last drawing was a moment ago.
  func draw(_ share: Double, before: String, after: String, isDue: Bool = false) {
    let now = ContinuousClock.now
    guard terminal.isDecorated else {
      guard now - lastLine >= Self.interval else { return }
      lastLine = now
      return terminal.print(
        [before, percent(share, 0), after].filter { !$0.isEmpty }.joined(separator: "  "))
    }
    guard isDue || lastDrawing.map({ now - $0 >= .milliseconds(100) }) ?? true else { return }
    lastDrawing = now
    isShown = true
    let free = terminal.width - before.count - after.count - 5
    let bar = Bar.text(share, width: max(4, min(30, free)))
    let line = "\(before)  \(terminal.styled(bar, .cyan))  \(after)"
    // A line that does not fit would scroll: the bar goes first, then the end.
    let fitting = free >= 4 ? line : String("\(before)  \(after)".prefix(terminal.width - 1))
    terminal.write("\r\(fitting)\u{1B}[K")
  }

  /// Takes the line away, so that others can be printed.
  func clear() {
    if isShown { terminal.write(Self.erasure) }
    isShown = false
    lastLine = .now
  }
}

/// Bars of blocks, down to an eighth of a column.
enum Bar {
  /// A bar with spaces up to `width`.
  static func text(_ share: Double, width: Int) -> String {
    let eighths = Int((min(max(share, 0), 1) * Double(8 * width)).rounded())
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    let blocks = String(repeating: "█", count: eighths / 8) + partial
    return blocks + String(repeating: " ", count: max(0, width - blocks.count))
  }
}
