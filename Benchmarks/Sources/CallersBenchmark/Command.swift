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

  @Flag(help: "Say 'ready', and wait for a line.")
  var wait = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard callers >= 1, threads ?? 1 >= 1, threadsPerPass ?? 1 >= 1, seconds > 0 else {
      throw ValidationError("--callers, --threads, --threads-per-pass and --seconds must be positive")
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

    let end = ContinuousClock.now + .seconds(seconds)
    let calls =
      switch style {
      case .threads: model.calls(byThreads: callers, until: end)
      case .tasks: await model.calls(byTasks: callers, until: end)
      case .actor: await model.calls(byWayOfActor: callers, until: end)
      }
    let report = Report(
      network: network.name, callers: callers, style: style.rawValue, threads: Parallel.threads,
      calls: calls, seconds: seconds, end: end)
    print(try json ? report.json : report.text)
  }
}
