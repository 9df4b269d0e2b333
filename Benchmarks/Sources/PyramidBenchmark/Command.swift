import ArgumentParser
import Colonnade
import Sampling
import Timing

/// One convolution over maps of several sizes in turn, as a detector's head over a feature pyramid, beside the sum of
/// what each size takes alone: the weights of every size must be prepared once.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pyramid",
    abstract:
      "Times a 3×3 convolution of 256 channels over the maps of a feature pyramid, in turn and each alone.")

  @Option(help: "Rounds, in each of which everything is timed once.")
  var rounds = 15

  @Option(help: "Threads; the default is the number of processors.")
  var threads: Int?

  func validate() throws {
    guard rounds >= 1, threads ?? 1 >= 1 else {
      throw ValidationError("--rounds and --threads must be positive")
    }
  }

  func run() throws {
    if let threads { Parallel.threads = threads }
    let head = Conv2d(ParameterStore().scope["head"], from: 256, to: 256, kernel: 3, padding: 1)
    let maps = [(200, 304), (100, 152), (50, 76), (25, 38), (13, 19)].map {
      randomTensor([1, $0.0, $0.1, 256])
    }
    let pass = Pass.inference()
    var alone = [[Double]](repeating: [], count: maps.count)
    var together: [Double] = []
    for _ in 0..<rounds {
      for (index, map) in maps.enumerated() {
        // As often as brings each to some milliseconds; the first call warms up.
        let count = 1 << (2 * index)
        _ = head(map, pass)
        alone[index].append(seconds { for _ in 0..<count { _ = head(map, pass) } } / Double(count) * 1e3)
      }
      _ = maps.map { head($0, pass) }
      together.append(seconds { for map in maps { _ = head(map, pass) } } * 1e3)
    }
    var table = TextTable(header: ["map", "ms", "quartiles"])
    func append(_ name: String, _ times: [Double]) {
      let summary = Summary(times)
      table.append([
        name, String(summary.median.short), "\(summary.lowerQuartile.short)–\(summary.upperQuartile.short)",
      ])
    }
    for (map, times) in zip(maps, alone) { append("\(map.shape[1])×\(map.shape[2])", times) }
    append("in turn", together)
    print(table.text)
    let ratios = together.indices.map { round in together[round] / alone.reduce(0) { $0 + $1[round] } }
    let ratio = Summary(ratios)
    print(
      "in turn / sum of each alone: \(three(ratio.median)) (\(three(ratio.lowerQuartile))–\(three(ratio.upperQuartile)))"
    )
  }

  private func three(_ value: Double) -> String { String(Double(Int(value * 1000 + 0.5)) / 1000) }
}
