import ArgumentParser
import Cases
import Foundation
import Machine
import Sampling
import Timing

/// A quick look at the guard's cases in milliseconds, beside what the machine gives at that moment.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "smoke",
    abstract: "Times some of the guard's cases in half a minute; rates are shares of the multiply-add peak.")

  @OptionGroup var options: SamplingOptions

  func run() throws {
    let chosen = try options.selected(Case.all.filter(\.isTimed), name: \.name)
    let works = try chosen.map { (case: $0, work: try $0.prepared()) }
    let cases = options.threads.flatMap { threads in
      works.map { (case: $0.case, work: $0.work, threads: threads) }
    }
    let load = ForeignLoad()
    let rates = options.sampler(limit: multiplyAddPeak).run(
      cases.map { Work(threads: $0.threads, amount: $0.case.gigaoperations ?? 1, $0.work) }
    ) { round, index in
      showProgress("round \(round + 1)/\(options.rounds): \(cases[index].case.name)")
    }
    showProgress("")
    let measurements = zip(cases, rates).map { entry, rate in
      let amount = entry.case.gigaoperations
      return Measurement(
        name: entry.case.name, threads: entry.threads, milliseconds: (amount ?? 1) / rate.rate.median * 1e3,
        gflops: amount == nil ? nil : rate)
    }
    try Document(measurements, load: load).print(
      json: options.json, header: ["case", "threads", "ms"] + Rate.heads("GFLOP/s", limit: "peak")
    ) { entry in
      ["\(entry.name)", "\(entry.threads)", String(format: "%.3f", entry.milliseconds)]
        + (entry.gflops?.cells ?? ["–", "–", "–", "–"])
    }
  }
}

extension Case {
  /// Two for each multiply-accumulate.
  fileprivate var gigaoperations: Double? { macs.map { 2e-9 * Double($0) } }
}

/// What was measured of one case on one number of threads.
struct Measurement: Encodable {
  let name: String
  let threads: Int
  /// The median.
  let milliseconds: Double
  /// Effective, by the direct sums; the limit is the multiply-add peak. Nil where something else is what costs.
  let gflops: Rate?
}
