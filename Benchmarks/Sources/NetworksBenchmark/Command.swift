import ArgumentParser
import Colonnade
import Machine
import Sampling
import Timing

/// Inference and training steps of whole networks.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "networks",
    abstract: "Times inference, and a step of training, of whole networks with random weights.")

  @Argument(help: "Names in the registry.")
  var networks = ["alexnet", "vgg16", "googlenet", "resnet50"]

  @Option(parsing: .upToNextOption, help: "Pictures in a batch of inference.")
  var batch = [1, 8, 32]

  @Option(help: "Pictures in a batch of training; 0 leaves training out.")
  var trainingBatch = 16

  @OptionGroup var options: SamplingOptions

  func validate() throws {
    guard batch.allSatisfy({ $0 >= 1 }), trainingBatch >= 0 else {
      throw ValidationError("--batch must be positive, --training-batch not negative")
    }
  }

  func run() throws {
    let sampler = options.sampler(limit: multiplyAddPeak)
    let load = ForeignLoad()
    let measurements = try options.selected(networks) { $0 }.flatMap { try measure($0, sampler) }
    showProgress("")
    try Document(measurements, load: load).print(
      json: options.json,
      header: ["network", "computes", "batch", "threads", "ms", "pictures/s"]
        + Rate.heads("GFLOP/s", limit: "peak")
    ) { entry in
      [
        entry.network, entry.computes, "\(entry.batch)", "\(entry.threads)", entry.milliseconds.short,
        (Double(entry.batch) / entry.milliseconds * 1e3).short,
      ] + entry.gflops.cells
    }
  }

  private func measure(_ name: String, _ sampler: Sampler) throws -> [Measurement] {
    let network = try Network(name)
    let macs = 2e-9 * Double(network.card.macs ?? 0)
    var jobs: [(computes: String, batch: Int, amount: Double, run: () -> Void)] = batch.map { batch in
      let pictures = randomTensor([batch, network.card.inputSize, network.card.inputSize, 3])
      return (
        "inference", batch, macs * Double(batch),
        { _ = network(pictures, .inference()) }
      )
    }
    if trainingBatch > 0 {
      let step = TrainingStep(network, batch: trainingBatch, size: network.card.inputSize)
      // The gradients of input and weights cost as much as the forward pass each.
      jobs.append(("training step", trainingBatch, 3 * macs * Double(trainingBatch), step.callAsFunction))
    }
    let cases = options.threads.flatMap { threads in jobs.map { (job: $0, threads: threads) } }
    let rates = sampler.run(cases.map { Work(threads: $0.threads, amount: $0.job.amount, $0.job.run) }) {
      round, index in
      let job = cases[index].job
      showProgress("\(name), \(job.computes) of \(job.batch): round \(round + 1)/\(options.rounds)")
    }
    return zip(cases, rates).map { entry, rate in
      Measurement(
        network: name, computes: entry.job.computes, batch: entry.job.batch, threads: entry.threads,
        milliseconds: entry.job.amount / rate.rate.median * 1e3, gflops: rate)
    }
  }
}

/// What was measured of one network with one batch on one number of threads.
struct Measurement: Encodable {
  let network, computes: String
  let batch, threads: Int
  /// The median, of the whole batch.
  let milliseconds: Double
  /// Two operations for each multiply-accumulate of the direct sums; the limit is the multiply-add peak.
  let gflops: Rate
}
