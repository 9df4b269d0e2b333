import Colonnade
import Logging

/// Messages for people, on the standard error: `colonnade: error: …`, one line each.
enum Diagnostics {
  /// Makes swift-log write as the command does. Called once, before anything logs.
  static func start() {
    LoggingSystem.bootstrap { _ in LineHandler() }
  }

  static func error(_ message: String) { Logger(label: "colonnade").error("\(message)") }
  static func warning(_ message: String) { Logger(label: "colonnade").warning("\(message)") }
  static func note(_ message: String) { Logger(label: "colonnade").notice("\(message)") }

  /// What there is to say of a file, in one line; nothing where there is nothing.
  static func note(of file: String, _ notes: [String]) {
    if !notes.isEmpty { note("\(file): \(notes.joined(separator: "; "))") }
  }
}

/// Writes a log message as one line.
private struct LineHandler: LogHandler {
  var logLevel = Logger.Level.notice
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let level =
      switch event.level {
      case .error, .critical: Terminal.standardError.styled("error", .red)
      case .warning: Terminal.standardError.styled("warning", .yellow)
      default: "note"
      }
    Terminal.standardError.write("colonnade: \(level): \(printable("\(event.message)"))\n")
  }
}
