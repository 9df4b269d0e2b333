import Synchronization

/// What happens where the system gives no memory to compute with: operations do not throw, so it is the program's end.
public enum Exhaustion {
  /// Is told in one line what there was no memory for, and ends the program.
  public typealias Handler = @Sendable (_ message: String) -> Never

  private static let handler = Mutex<Handler>({ fatalError($0) })

  /// Has `handler` called with a line that says what there was no memory for, on the thread that needed it. The default
  /// traps with that line.
  public static func setHandler(_ handler: @escaping Handler) { Self.handler.withLock { $0 = handler } }

  static func end(_ message: String) -> Never {
    let handler = handler.withLock { $0 }
    handler(message)
  }
}
