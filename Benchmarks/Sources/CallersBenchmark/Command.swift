import ArgumentParser
import Colonnade
import Foundation

/// Several callers of one model at once, as in a server.
@main
struct Command: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "callers",
    abstract: "Counts the pictures that callers at once get through one network, one picture a call.",
    discussion: """
      The logits of every call are held against those of a call alone: a difference of one bit ends the program. With \
      --wait the program says 'ready' when it has warmed up, and measures when it reads a line.
      """)

  enum Style: String, CaseIterable, ExpressibleByArgument {
    case threads, tasks, actor
  }

  @Option(help: "The network's name in the registry.")
  var network = "squeezenet1_1"

  @Option(help: "Its weights; without, the network's own initializers draw them.")
  var weights: String?

  @Option(help: "How many call at once.")
  var callers = 1

  @Option(help: "What the callers are: threads, tasks of one group, or tasks that call by way of one actor.")
  var style = Style.threads

  @Option(help: "Threads that compute; the default is the engine's own.")
  var threads: Int?

  @Option(help: "Threads that compute one pass, at most; the default is all.")
  var threadsPerPass: Int?

  @Option(help: "Seconds to measure.")
  var seconds = 2.0

  @Option(
    help:
      "Measure in so many pieces, each beside one of one caller with all threads, for the ratio of the two.")
  var besideSerial: Int?

  @Flag(help: "Say 'ready', and wait for a line.")
  var wait = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard [callers, threads ?? 1, threadsPerPass ?? 1, besideSerial ?? 1].allSatisfy({ $0 >= 1 }), seconds > 0
    else {
      throw ValidationError(
        "--callers, --threads, --threads-per-pass, --seconds and --beside-serial must be positive")
    }
  }

  func run() async throws {
    if let threads { Parallel.threads = threads }
    let network = try Network(network, initializes: weights == nil)
    if let weights { try network.store.load(from: weights, ignoring: network.ignorableKeys) }
    let model = Model(network, threadsPerPass: threadsPerPass)
    for _ in 0..<2 { model.call() }
    if wait {
      FileHandle.standardOutput.write(Data("ready\n".utf8))
      _ = readLine()
    }

    let pieces = besideSerial ?? 1
    let alone = besideSerial.map { _ in Model(network, threadsPerPass: nil) }
    var (company, serial): ([Calls], [Calls]) = ([], [])
    for piece in 0..<pieces {
      // Every second time in the opposite order, so that a speed that drifts favours none.
      for isCompany in piece.isMultiple(of: 2) ? [false, true] : [true, false] {
        if isCompany {
          company.append(await calls(of: model, for: seconds / Double(pieces)))
        } else if let alone {
          Parallel.threads = Parallel.processors
          serial.append(alone.calls(byThreads: 1, for: seconds / Double(pieces)))
          if let threads { Parallel.threads = threads }
        }
      }
    }
    let report = Report(
      network: network.name, callers: callers, style: style.rawValue, threads: Parallel.threads,
      company: company, serial: serial)
    print(try json ? report.json : report.text)
  }

  private func calls(of model: Model, for seconds: Double) async -> Calls {
    switch style {
    case .threads: model.calls(byThreads: callers, for: seconds)
    case .tasks: await model.calls(byTasks: callers, for: seconds)
    case .actor: await model.calls(byWayOfActor: callers, for: seconds)
    }
  }
}
