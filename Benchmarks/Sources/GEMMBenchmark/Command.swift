import ArgumentParser
import Engine
import Machine
import Sampling
import Timing

/// GFLOP/s of matrix products, and their share of the measured peak.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gemm",
    abstract: "Times matrix products: squares, and those of AlexNet, VGG-16, GoogLeNet and ResNet-50.")

  @Option(help: "The largest square.")
  var largest = 2048

  @OptionGroup var options: SamplingOptions

  func run() throws {
    let products = try options.selected(Product.squares(upTo: largest) + networkProducts, name: \.name)
    let operands = Operands(for: products)
    for product in products { operands.check(product) }

    let cases = options.threads.flatMap { threads in products.map { (product: $0, threads: threads) } }
    let works = cases.map { product, threads in
      Work(threads: threads, amount: product.operations * 1e-9) { operands.multiply(product) }
    }
    let load = ForeignLoad()
    let rates = options.sampler(limit: multiplyAddPeak).run(works) { round, index in
      let (product, threads) = cases[index]
      showProgress("round \(round + 1)/\(options.rounds): \(product.name), \(threads) thread(s)")
    }
    showProgress("")
    let measurements = zip(cases, rates).map { Measurement($0.product, threads: $0.threads, $1) }
    try Document(measurements, load: load).print(
      json: options.json,
      header: ["product", "m", "n", "k", "uses", "threads"] + Rate.heads("GFLOP/s", limit: "peak")
    ) { entry in
      [entry.name, "\(entry.m)", "\(entry.n)", "\(entry.k)", "\(entry.uses)", "\(entry.threads)"]
        + entry.gflops.cells
    }
  }
}

/// What was measured of one product on one number of threads.
struct Measurement: Encodable {
  let name: String
  let m, n, k, uses, threads: Int
  /// The limit is that of independent fused multiply-adds.
  let gflops: Rate

  init(_ product: Product, threads: Int, _ rate: Rate) {
    name = product.name
    (m, n, k, uses) = (product.m, product.n, product.k, product.uses)
    self.threads = threads
    gflops = rate
  }
}
