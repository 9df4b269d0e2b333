import ArgumentParser
import Colonnade

/// `colonnade run`: tensor in, logits out, for programs and for comparisons.
struct RunCommand: ParsableCommand {
  enum Layout: String, CaseIterable, ExpressibleByArgument {
    case nchw, nhwc
  }

  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a network on a tensor from a file.",
    discussion: """
      Reads a batch of pictures as the network takes them, the tensor 'input' or the only one of a safetensors, .npy \
      or .npz file or a PyTorch checkpoint, and writes the logits [N, classes] as the tensor 'output' of a safetensors \
      file. Nothing is preprocessed.

      With --repeat the same batch is run R times more, after a warm-up, and the median, least and greatest time \
      are printed, in milliseconds.

      EXAMPLES:
        colonnade run --network resnet50 --weights resnet50.safetensors \\
          --input batch.safetensors --output logits.safetensors
        colonnade run --network vgg16 --weights vgg16.safetensors \\
          --input batch.safetensors --output logits.safetensors --repeat 20 --json
      """)

  @OptionGroup var trained: TrainedNetworkArguments

  @Option(
    help: ArgumentHelp(
      "The file with the tensor 'input': safetensors, .npz, or .npy with it alone.", valueName: "file"))
  var input: String

  @Option(help: ArgumentHelp("The safetensors file to write the tensor 'output' to.", valueName: "file"))
  var output: String

  @Option(help: "How 'input' lies: nchw, as PyTorch writes it, or nhwc.")
  var layout = Layout.nchw

  @Option(name: .customLong("repeat"), help: ArgumentHelp("Time this many runs.", valueName: "r"))
  var repetitions: Int?

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    if let repetitions, repetitions < 1 {
      throw ValidationError("--repeat \(repetitions): at least one run can be timed")
    }
  }

  func run() throws {
    threadArguments.apply()
    try Output.check(file: output)
    let network = try trained.load().network
    let batch = try readInput(for: network)
    let logits = try network.logits(batch)
    try Safetensors.write([("output", logits)], metadata: ["network": network.name], to: output)

    var report = Report(network: network, output: output, shape: logits.shape)
    if let repetitions { try report.time(repetitions) { _ = try network.logits(batch) } }
    if json { try Output.json(report) } else { report.print() }
  }

  /// The batch as `[N, H, W, C]`.
  private func readInput(for network: Network) throws -> Tensor {
    let file = try openTensorFile(input)
    // A .npy has no name for its tensor.
    let isNameless = file is NumPyFile && file.keys.count == 1
    let tensor = try file.tensor(isNameless ? file.keys[0] : "input")
    guard tensor.shape.rank == 4 else {
      let wanted = layout == .nchw ? "[N, C, H, W]" : "[N, H, W, C]"
      throw Failure(.data, "\(input): input is \(tensor.shape), not \(wanted)")
    }
    let batch = layout == .nchw ? tensor.permuted([0, 2, 3, 1]) : tensor
    do {
      try network.check(batch.shape)
    } catch {
      throw Failure(.data, "\(input): input is \(tensor.shape) in \(layout): \(error)")
    }
    return batch
  }

  /// What `--json` prints; times are in milliseconds.
  private struct Report: Encodable {
    let network: String
    let output: String
    let shape: [Int]
    let batch: Int
    let threads: Int
    var `repeat`: Int?
    var median_ms: Double?
    var min_ms: Double?
    var max_ms: Double?

    init(network: Network, output: String, shape: Shape) {
      self.network = network.name
      self.output = output
      self.shape = shape.dimensions
      batch = shape[0]
      threads = Parallel.threads
    }

    /// Times `body` after two runs that are not counted.
    mutating func time(_ repetitions: Int, _ body: () throws -> Void) rethrows {
      for _ in 0..<2 { try body() }
      var times: [Double] = []
      for _ in 0..<repetitions {
        let start = ContinuousClock.now
        try body()
        times.append((ContinuousClock.now - start) / .milliseconds(1))
      }
      times.sort()
      self.repeat = repetitions
      median_ms = (times[(repetitions - 1) / 2] + times[repetitions / 2]) / 2
      min_ms = times.first
      max_ms = times.last
    }

    func print() {
      let terminal = Terminal.standardOutput
      terminal.print("\(network): output \(Shape(shape)) written to \(output)")
      if let count = self.repeat, let median_ms, let min_ms, let max_ms {
        terminal.print(
          "median \(fixed(median_ms, 2)) ms, min \(fixed(min_ms, 2)) ms, max \(fixed(max_ms, 2)) ms"
            + " over \(count) runs, batch \(batch), \(counted(threads, "thread"))")
      }
    }
  }
}
