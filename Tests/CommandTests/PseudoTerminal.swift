import Foundation
import XCTest

/// A terminal that nobody sits at.
enum PseudoTerminal {
  /// What the command writes when its standard output is a terminal of 100 columns.
  /// - Parameter interruptedOnce: where given, the command is interrupted when it says so.
  static func show(
    _ arguments: [String], environment: [String: String], interruptedOnce: (() -> Bool)? = nil
  ) throws -> String {
    var (master, slave): (Int32, Int32) = (-1, -1)
    var size = winsize(ws_row: 40, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0)
    guard openpty(&master, &slave, nil, nil, &size) == 0 else {
      throw XCTSkip("the system grants no pseudo-terminal: \(String(cString: strerror(errno)))")
    }
    // The terminal holds only so much, so it is read while the command writes.
    let reader = Reader(master)
    let outcome: Command.Outcome
    do {
      defer { close(slave) }
      let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
      if let interruptedOnce {
        let running = try RunningCommand(
          arguments, in: WorkFolder(), environment: environment, output: terminal)
        running.wait(for: interruptedOnce)
        running.send(SIGINT)
        outcome = try running.finish()
      } else {
        outcome = try Command.run(arguments, environment: environment, output: terminal)
      }
    }
    return reader.finish() + outcome.errors
  }

  /// Reads until nobody holds the terminal's other end any more.
  private final class Reader: @unchecked Sendable {
    /// Written by the thread before it signals, read after.
    private var bytes: [UInt8] = []
    private let isDone = DispatchSemaphore(value: 0)

    init(_ descriptor: Int32) {
      Thread { [self] in
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = read(descriptor, &piece, piece.count), count > 0 { bytes += piece[..<count] }
        close(descriptor)
        isDone.signal()
      }.start()
    }

    func finish() -> String {
      isDone.wait()
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
