import ArgumentParser
import Colonnade
import Sampling
import Timing

/// How much of their time threads would wait for each other: every task of a forward pass is timed on one thread, and
/// then dealt out to any number, each task to the first that is free.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "waiting",
    abstract: "Simulates what many threads would lose by waiting for the last task of each loop.",
    discussion: """
      The lost share is of the processors' time within parallel loops. What runs outside them is stated apart. The
      simulation knows no memory: threads that share its bandwidth are slower than that.
      """)

  @Argument(help: "A name in the registry.")
  var network = "resnet50"

  @Option(parsing: .upToNextOption, help: "Pictures in a batch.")
  var batch = [1, 32]

  @Option(parsing: .upToNextOption, help: "Numbers of threads.")
  var threads = [2, 4, 8, 16, 32, 64]

  @Option(help: "Passes that are timed; of each task the least time counts.")
  var rounds = 5

  @Option(help: "How many loops to name, those that lose most on the last number of threads.")
  var worst = 0

  func validate() throws {
    guard batch.allSatisfy({ $0 >= 1 }), threads.allSatisfy({ $0 >= 1 }), rounds >= 1 else {
      throw ValidationError("--batch, --threads and --rounds must be positive")
    }
  }

  func run() throws {
    let network = try Network(network)
    var table = TextTable(
      header: ["batch", "loops", "tasks", "outside loops"] + threads.map { "\($0) threads" })
    for batch in batch {
      let pictures = randomTensor([batch, network.card.inputSize, network.card.inputSize, 3])
      _ = network(pictures, .inference())
      var calls: [[Double]] = []
      var outside = 1.0
      for _ in 0..<rounds {
        var seen: [[Double]] = []
        let elapsed = seconds { seen = Parallel.timingTasks { network(pictures, .inference()) }.seconds }
        outside = min(outside, 1 - seen.joined().reduce(0, +) / elapsed)
        calls = calls.isEmpty ? seen : zip(calls, seen).map { zip($0, $1).map(min) }
      }
      let work = calls.joined().reduce(0, +)
      table.append(
        ["\(batch)", "\(calls.count)", "\(calls.joined().count)", percent(outside)]
          + threads.map { count in
            percent(1 - work / Double(count) / calls.reduce(0) { $0 + makespan($1, threads: count) })
          })
      printWorst(calls)
    }
    print(table.text)
  }

  /// The loops that lose most on the last number of threads.
  private func printWorst(_ calls: [[Double]]) {
    let count = threads.last!
    let lost = calls.map { makespan($0, threads: count) - $0.reduce(0, +) / Double(count) }
    let whole = calls.reduce(0) { $0 + makespan($1, threads: count) }
    for index in lost.indices.sorted(by: { lost[$0] > lost[$1] }).prefix(worst) {
      let tasks = calls[index]
      print(
        "loop \(index): \(percent(lost[index] / whole)) of the time on \(count) threads; \(tasks.count) tasks, the longest "
          + "\((tasks.max()! * 1e6).short) µs, the mean \((tasks.reduce(0, +) / Double(tasks.count) * 1e6).short) µs"
      )
    }
  }

  /// When the last of the tasks is done, each begun in turn by the thread that is free first.
  private func makespan(_ tasks: [Double], threads: Int) -> Double {
    var free = [Double](repeating: 0, count: threads)
    for task in tasks {
      let next = free.indices.min { free[$0] < free[$1] }!
      free[next] += task
    }
    return free.max()!
  }

  private func percent(_ share: Double) -> String { (share * 100).short + " %" }
}
