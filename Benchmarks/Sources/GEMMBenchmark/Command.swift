import ArgumentParser
import Engine
import Foundation
import Timing

/// GFLOP/s of matrix products, and their share of the measured peak.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gemm",
    abstract: "Times matrix products: squares, and those of AlexNet, VGG-16, GoogLeNet and ResNet-50.")

  @Option(help: "Only products whose name contains this, such as 'square' or 'vgg16'.")
  var only: String?

  @Option(help: "The largest square.")
  var largest = 2048

  @Option(parsing: .upToNextOption, help: "Numbers of threads.")
  var threads = [1, 2]

  @Option(help: "Samples of each product.")
  var rounds = 7

  @Option(help: "Milliseconds that a sample takes at least.")
  var milliseconds = 5.0

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func validate() throws {
    guard threads.allSatisfy({ $0 >= 1 }), rounds >= 1, milliseconds > 0 else {
      throw ValidationError("--threads, --rounds and --milliseconds must be positive")
    }
  }

  func run() throws {
    var products = Product.squares(upTo: largest) + networkProducts
    if let only { products.removeAll { !$0.name.contains(only) } }
    guard !products.isEmpty else { throw ValidationError("no product has '\(only ?? "")' in its name") }

    let sampler = Sampler(
      products: products, threads: threads, rounds: rounds, sampleSeconds: milliseconds * 1e-3)
    let load = ForeignLoad()
    let measurements = sampler.run { line in
      if isatty(STDERR_FILENO) != 0 { FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8)) }
    }
    if isatty(STDERR_FILENO) != 0 { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    let foreign = load.processors
    if json {
      print(try Self.json(measurements, foreign: foreign))
    } else {
      print(Self.table(measurements))
      if let foreign { print("other processes used \(String(format: "%.2f", foreign)) processors meanwhile") }
    }
  }

  private static func json(_ measurements: [Measurement], foreign: Double?) throws -> String {
    struct Document: Codable {
      let library, kernel: String
      let foreignProcessors: Double?
      let measurements: [Measurement]
    }
    let library = GEMM.libraryDescription
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let document = Document(
      library: library.configuration, kernel: library.kernel, foreignProcessors: foreign,
      measurements: measurements)
    return String(decoding: try encoder.encode(document), as: UTF8.self)
  }

  private static func table(_ measurements: [Measurement]) -> String {
    func number(_ value: Double) -> String { String(format: "%.1f", value) }
    func percent(_ value: Double) -> String { String(format: "%.0f %%", value * 100) }
    var table = TextTable(
      header: ["product", "m", "n", "k", "uses", "threads", "GFLOP/s", "quartiles", "of peak", "peak"])
    for entry in measurements {
      table.append([
        entry.name, "\(entry.m)", "\(entry.n)", "\(entry.k)", "\(entry.uses)", "\(entry.threads)",
        number(entry.gflops.median),
        "\(number(entry.gflops.lowerQuartile))–\(number(entry.gflops.upperQuartile))",
        entry.shareOfPeak.map { percent($0.median) } ?? "–",
        entry.peakGFLOPS.map { number($0.median) } ?? "–",
      ])
    }
    return "\(GEMM.libraryDescription.configuration), \(GEMM.libraryDescription.kernel)\n" + table.text
  }
}
