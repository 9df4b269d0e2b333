import ArgumentParser
import Colonnade

extension ConvolutionAlgorithm: ExpressibleByArgument {}

/// `colonnade run`: tensor in, logits out, for programs and for comparisons.
struct RunCommand: ParsableCommand {
  enum Layout: String, CaseIterable, ExpressibleByArgument {
    case nchw, nhwc
  }

  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a network on a tensor from a file.",
    discussion: """
      Reads a batch of pictures as the network takes them, the tensor 'input' or the only one, under whatever key, of a \
      safetensors, .npy or .npz file or a PyTorch checkpoint, and writes the logits [N, classes] as the tensor 'output' \
      of a safetensors file, which may be a pipe or /dev/stdout. Nothing is preprocessed.

      With --repeat the same batch is run R times more, after a warm-up, and the median, least and greatest time \
      are printed, in milliseconds. --output can then be left out.

      With --profile, of each layer as well: its median time over the R runs (default: 10), its rate in GFLOP/s (two \
      operations for each multiply-accumulate of the direct sum, however few the algorithm does), that rate's share \
      of the multiply-add peak measured beside it, and a convolution's algorithm; then the sums by kind. --trace \
      writes the runs for chrome://tracing or Perfetto.

      EXAMPLES:
        colonnade run --network resnet50 --weights resnet50.safetensors \\
          --input batch.safetensors --output logits.safetensors
        colonnade run --network vgg16 --weights vgg16.safetensors \\
          --input batch.safetensors --repeat 20 --json
        colonnade run --network googlenet --weights googlenet.safetensors \\
          --input batch.safetensors --output logits.safetensors \\
          --profile --trace trace.json
      """)

  @OptionGroup var trained: TrainedNetworkArguments

  @Option(
    help: ArgumentHelp(
      "The file with the tensor 'input', or with one alone: safetensors, .npz, .npy or a PyTorch checkpoint; - for the standard"
        + " input.", valueName: "file"))
  var input: String

  @Option(
    help: ArgumentHelp(
      "The safetensors file to write the tensor 'output' to; with --repeat or --profile none is needed.",
      valueName: "file"))
  var output: String?

  @Option(help: "How 'input' lies: nchw, as PyTorch writes it, or nhwc.")
  var layout = Layout.nchw

  @Option(name: .customLong("repeat"), help: ArgumentHelp("Time this many runs.", valueName: "r"))
  var repetitions: Int?

  @Option(
    help: "How convolutions are computed, where it applies: auto (each as is fastest), im2col or winograd.")
  var algorithm = ConvolutionAlgorithm.auto

  @Flag(help: "Print each layer's time, rate and algorithm.")
  var profile = false

  @Option(help: ArgumentHelp("With --profile: the Chrome trace to write.", valueName: "file"))
  var trace: String?

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    if let repetitions, !(1...1_000_000 ~= repetitions) {
      throw ValidationError("--repeat \(repetitions): from 1 to 1,000,000 runs can be timed")
    }
    if output == nil && repetitions == nil && !profile {
      throw ValidationError(
        "--output is missing: the file for the logits; only --repeat and --profile do without")
    }
    if trace != nil && !profile { throw ValidationError("--trace: only --profile has something to trace") }
  }

  func run() throws {
    try threadArguments.apply()
    if let output { try Output.check(file: output) }
    if let trace { try Output.check(file: trace) }
    try Output.check(areApart: [("--output", output), ("--trace", trace)])
    try Output.check(files: [output, trace], areNoneOf: [input, trained.weights])
    let network = try trained.load().network
    let batch = try readInput(for: network)
    let logits = try network.logits(batch, algorithm: algorithm)
    // A tool for comparing shows what there is.
    if !logits.isFinite { Diagnostics.warning("\(NetworkError.notFinite(network: network.name))") }
    let terminal = Output.terminal(beside: output, trace)
    if let output {
      try Safetensors.write([("output", logits)], metadata: ["network": network.name], to: output)
    }

    var report = RunReport(network: network, output: output, shape: logits.shape, algorithm: algorithm)
    if profile {
      let passes = try profiledPasses(network, batch)
      if let trace { try Output.write(ChromeTrace(passes, of: network.name).data(), to: trace) }
      report.add(passes)
    } else if let repetitions {
      try warmUp(network, batch)
      report.add(
        try (0..<repetitions).map { _ in
          let start = ContinuousClock.now
          _ = try network.logits(batch, algorithm: algorithm)
          return (ContinuousClock.now - start) / .milliseconds(1)
        })
    }
    if json { try Output.json(report, on: terminal) } else { report.print(on: terminal) }
  }

  private func profiledPasses(_ network: Network, _ batch: Tensor) throws -> [ProfiledPass] {
    try warmUp(network, batch)
    return try (0..<(repetitions ?? 10)).map { _ in
      try ProfiledPass { _ = try network.logits(batch, observer: $0, algorithm: algorithm) }
    }
  }

  private func warmUp(_ network: Network, _ batch: Tensor) throws {
    for _ in 0..<2 { _ = try network.logits(batch, algorithm: algorithm) }
  }

  /// The batch as `[N, H, W, C]`.
  private func readInput(for network: Network) throws -> Tensor {
    let file = try Input.tensors(input)
    guard let key = file.keys.contains("input") ? "input" : file.keys.count == 1 ? file.keys[0] : nil else {
      throw Failure(
        .data,
        "\(input): of its \(counted(file.keys.count, "tensor")) none is called input: \(listed(file.keys))")
    }
    let tensor = try file.tensor(key)
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
}
