import ArgumentParser
import Colonnade
import Sampling
import Timing

/// One step of training, as PyTorch's in compare/peers.py: forward, cross-entropy, backward, SGD with momentum.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training-step",
    abstract: "Times a step of training on random pictures, and reads the process's peak memory.")

  @Option(help: "The network's name in the registry.")
  var network = "resnet50"

  @Option(help: "Initial weights; without, the network's own initializers draw them.")
  var weights: String?

  @Option(help: "Pictures in a batch.")
  var batch = 16

  @Option(help: "Height and width of a picture; the default is the network's own.")
  var size: Int?

  @Option(help: "Threads; the default is the number of processors.")
  var threads: Int?

  @Option(name: .customLong("repeat"), help: "Steps that are timed, after two to warm up.")
  var repetitions = 5

  @Flag(help: "Compute a part of the activations once more in place of keeping it, as 'train --recompute'.")
  var recompute = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard batch >= 1, repetitions >= 1, threads ?? 1 >= 1, size ?? 1 >= 1 else {
      throw ValidationError("--batch, --size, --threads and --repeat must be positive")
    }
  }

  func run() throws {
    if let threads { Parallel.threads = threads }
    let network = try Network(network, initializes: weights == nil)
    if let weights { try network.store.load(from: weights, ignoring: network.ignorableKeys) }
    let step = TrainingStep(
      network, batch: batch, size: size ?? network.card.inputSize, recomputes: recompute)

    let before = peakMemory()
    let load = ForeignLoad()
    for _ in 0..<2 { step() }
    let times = (0..<repetitions).map { _ in seconds { step() } * 1e3 }
    let report = Report(
      network: network.name, batch: batch, threads: Parallel.threads, times: Summary(times),
      peakMemory: peakMemory(), before: before, foreignProcessors: load.processors)
    print(try json ? report.json : report.text)
  }
}
