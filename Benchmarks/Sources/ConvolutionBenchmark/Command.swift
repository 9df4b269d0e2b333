import ArgumentParser
import Engine
import Machine
import Sampling
import Timing

/// GFLOP/s of every convolution of five networks by every algorithm that applies, forward and in both gradients.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convolution",
    abstract:
      "Times the convolutions of AlexNet, VGG-16, GoogLeNet, ResNet-50 and MobileNetV2 by each algorithm.")

  @Option(parsing: .upToNextOption, help: "Pictures in a batch.")
  var batch = [1, 8, 32]

  @Option(parsing: .upToNextOption, help: "What to compute.")
  var results = ConvolutionMethod.Result.allCases

  @OptionGroup var options: SamplingOptions

  func validate() throws {
    guard batch.allSatisfy({ $0 >= 1 }) else { throw ValidationError("--batch must be positive") }
  }

  func run() throws {
    let sampler = options.sampler(limit: multiplyAddPeak)
    let load = ForeignLoad()
    var measurements: [Measurement] = []
    for convolution in try options.selected(networkConvolutions, name: \.name) {
      for batch in batch { measurements += measure(convolution, batch: batch, sampler) }
    }
    showProgress("")
    try Document(measurements, load: load).print(
      json: options.json,
      header: ["convolution", "uses", "batch", "threads", "computes", "algorithm"]
        + Rate.heads("GFLOP/s", limit: "peak")
    ) { entry in
      [
        entry.name, "\(entry.uses)", "\(entry.batch)", "\(entry.threads)", entry.computes,
        (entry.isChosen ? "* " : "") + entry.algorithm,
      ] + entry.gflops.cells
    }
    if !options.json {
      print("* is what a network takes. Rates are effective: Winograd does fewer operations.")
    }
  }

  /// The algorithms of one convolution are what is compared: their samples alternate.
  private func measure(_ convolution: Convolution, batch: Int, _ sampler: Sampler) -> [Measurement] {
    let g = convolution.geometry(batch: batch)
    let methods = Methods(g, results)
    methods.check(convolution.name)
    let cases = options.threads.flatMap { threads in
      methods.all.map { (threads: threads, result: $0.result, method: $0.method) }
    }
    let works = cases.map { entry in
      Work(threads: entry.threads, amount: 2e-9 * Double(g.macs)) { _ = entry.method() }
    }
    let rates = sampler.run(works) { round, index in
      showProgress("\(convolution.name), batch \(batch): round \(round + 1)/\(options.rounds)")
    }
    return zip(cases, rates).map { entry, rate in
      Measurement(
        name: convolution.name, uses: convolution.uses, batch: batch, threads: entry.threads,
        computes: entry.result.rawValue, algorithm: entry.method.description, isChosen: entry.method.isChosen,
        gflops: rate)
    }
  }
}

extension ConvolutionMethod.Result: @retroactive ExpressibleByArgument {}

/// What was measured of one algorithm for one convolution.
struct Measurement: Encodable {
  let name: String
  let uses, batch, threads: Int
  let computes, algorithm: String
  let isChosen: Bool
  /// Two operations for each multiply-accumulate of the direct sum; the limit is the multiply-add peak.
  let gflops: Rate
}
