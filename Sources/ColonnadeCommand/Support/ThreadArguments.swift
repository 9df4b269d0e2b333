import ArgumentParser
import Colonnade

/// How many threads compute.
struct ThreadArguments: ParsableArguments {
  @Option(help: "How many threads compute (default: all processors). Results do not depend on it.")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024 ~= threads) {
      throw ValidationError("--threads \(threads): from 1 to 1024 threads can compute")
    }
  }

  /// Sets the number, for the process.
  func apply() {
    if let threads { Parallel.threads = threads }
  }
}
