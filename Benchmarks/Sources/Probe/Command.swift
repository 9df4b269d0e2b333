import ArgumentParser
import Engine
import Foundation
import Machine

/// One short look at what the machine gives at this moment, for taking between timings.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: """
      Measures the peak of fused multiply-adds, with --triad that of memory, and how fast two processors hand data \
      to each other; prints JSON.
      """)

  @Option(parsing: .upToNextOption, help: "Numbers of threads.")
  var threads = [1, 2]

  @Flag(help: "Measure memory too, which takes a second.")
  var triad = false

  func validate() throws {
    guard threads.allSatisfy({ $0 >= 1 }) else { throw ValidationError("--threads must be positive") }
  }

  func run() throws {
    let memory = triad ? Triad() : nil
    let rates = threads.map { threads in
      Rates(
        threads: threads, fma_gflops: multiplyAddPeak(threads: threads),
        triad_gbs: memory?.rate(threads: threads))
    }
    let handover = Handover()
    let (library, kernel) = GEMM.libraryDescription
    let name = library.split(separator: " ").prefix(2).joined(separator: " ")
    let report = Report(
      library: "\(name), kernel \(kernel)", rates: rates, pingpong_ns: handover?.pingPong,
      handover_gbs: handover?.rate)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    print(String(decoding: try encoder.encode(report), as: UTF8.self))
  }

  private struct Report: Encodable {
    /// The BLAS in use.
    let library: String
    let rates: [Rates]
    /// Absent where threads cannot be pinned to two processors.
    let pingpong_ns: Double?
    let handover_gbs: Double?
  }

  private struct Rates: Encodable {
    let threads: Int
    let fma_gflops: Double
    let triad_gbs: Double?
  }
}
