import ArgumentParser
import Colonnade

/// How many threads compute.
struct ThreadArguments: ParsableArguments {
  @Option(
    help: "How many threads compute (default: the processors it may use). Results do not depend on it.")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024 ~= threads) {
      throw ValidationError("--threads \(threads): from 1 to 1024 threads can compute")
    }
  }

  /// Sets the number, for the process.
  /// - Throws: `GEMMError` where there is no memory to compute with.
  func apply() throws {
    if let threads { Parallel.threads = threads }
    try GEMM.checkMemory()
  }
}
