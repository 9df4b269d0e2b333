import ArgumentParser
import Machine
import Sampling
import Timing

/// Operations bound by memory, as a share of the bandwidth that a triad reaches beside them.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory",
    abstract: "Times operations bound by memory beside a triad of arrays.")

  @Option(help: "Pictures in the batch of 56×56×256 activations; 32 are 98 MiB.")
  var batch = 32

  @OptionGroup var options: SamplingOptions

  func validate() throws {
    guard batch >= 1 else { throw ValidationError("--batch must be positive") }
  }

  func run() throws {
    let operations = try options.selected(Operation.all(batch: batch), name: \.name)
    let cases = options.threads.flatMap { threads in operations.map { (operation: $0, threads: threads) } }
    let works = cases.map { entry in
      Work(threads: entry.threads, amount: 1e-9 * Double(entry.operation.bytes), entry.operation.run)
    }
    let (triad, load) = (Triad(), ForeignLoad())
    let rates = options.sampler(limit: triad.rate).run(works) { round, index in
      showProgress("round \(round + 1)/\(options.rounds): \(cases[index].operation.name)")
    }
    showProgress("")
    let measurements = zip(cases, rates).map {
      Measurement(name: $0.operation.name, bytes: $0.operation.bytes, threads: $0.threads, gigabytes: $1)
    }
    try Document(measurements, load: load).print(
      json: options.json, header: ["operation", "threads"] + Rate.heads("GB/s", limit: "triad")
    ) { [$0.name, "\($0.threads)"] + $0.gigabytes.cells }
  }
}

/// What was measured of one operation on one number of threads.
struct Measurement: Encodable {
  let name: String
  /// Read and written at least.
  let bytes, threads: Int
  /// A second; the limit is the triad's.
  let gigabytes: Rate
}
