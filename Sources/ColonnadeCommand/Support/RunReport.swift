import Colonnade

/// What `run` prints; times are in milliseconds.
struct RunReport: Encodable {
  let network: String
  /// Nil where the logits were not to be kept.
  let output: String?
  let shape: [Int]
  let batch: Int
  let threads: Int
  let algorithm: String
  private(set) var `repeat`: Int?
  private(set) var median_ms: Double?
  private(set) var min_ms: Double?
  private(set) var max_ms: Double?
  private(set) var profile: Profile?

  init(network: Network, output: String?, shape: Shape, algorithm: ConvolutionAlgorithm) {
    self.network = network.name
    self.output = output
    self.shape = shape.dimensions
    self.algorithm = algorithm.rawValue
    batch = shape[0]
    threads = Parallel.threads
  }

  /// Takes the passes' times, and their layers'.
  mutating func add(_ passes: [ProfiledPass]) {
    add(passes.map { $0.seconds * 1e3 })
    profile = Profile(passes)
  }

  mutating func add(_ times: [Double]) {
    self.repeat = times.count
    median_ms = times.median
    min_ms = times.min()
    max_ms = times.max()
  }

  func print(on terminal: Terminal) {
    let place = output.map { "written to \(printable($0))" } ?? "not kept"
    terminal.print("\(printable(network)): output \(Shape(shape)) \(place)")
    profile?.print(on: terminal)
    if let count = self.repeat, let median_ms, let min_ms, let max_ms {
      terminal.print(
        "median \(fixed(median_ms, 2)) ms, min \(fixed(min_ms, 2)) ms, max \(fixed(max_ms, 2)) ms"
          + " over \(counted(count, "run")), batch \(batch), \(counted(threads, "thread"))")
    }
  }
}
