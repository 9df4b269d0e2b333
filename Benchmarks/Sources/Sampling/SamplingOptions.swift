import ArgumentParser
import Foundation

/// What every benchmark that samples rates is asked.
public struct SamplingOptions: ParsableArguments {
  @Option(help: "Only what has this in its name.")
  public var only: String?

  @Option(parsing: .upToNextOption, help: "Numbers of threads.")
  public var threads = [1, 2]

  @Option(help: "Samples of each.")
  public var rounds = 7

  @Option(help: "Milliseconds that a sample takes at least.")
  public var milliseconds = 5.0

  @Flag(help: "Print JSON instead of a table.")
  public var json = false

  public init() {}

  public func validate() throws {
    guard threads.allSatisfy({ $0 >= 1 }), rounds >= 1, milliseconds > 0 else {
      throw ValidationError("--threads, --rounds and --milliseconds must be positive")
    }
  }

  public func sampler(limit: @escaping (_ threads: Int) -> Double) -> Sampler {
    Sampler(rounds: rounds, sampleSeconds: milliseconds * 1e-3, limit: limit)
  }

  /// - Throws: where nothing is left of them.
  public func selected<T>(_ items: [T], name: (T) -> String) throws -> [T] {
    let chosen = only.map { only in items.filter { name($0).contains(only) } } ?? items
    guard !chosen.isEmpty else { throw ValidationError("nothing has '\(only ?? "")' in its name") }
    return chosen
  }
}

/// What is being timed, on a terminal alone, in one line; the empty text clears it.
public func showProgress(_ text: String) {
  if isatty(STDERR_FILENO) != 0 { FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8)) }
}
