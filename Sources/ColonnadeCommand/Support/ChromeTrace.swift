import Colonnade
import Foundation

/// Passes in the Trace Event Format, for chrome://tracing and Perfetto: a complete event a pass, and in it one a layer.
/// <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMCN4h1KsYQxqkZ6m5c>
struct ChromeTrace: Encodable {
  let displayTimeUnit = "ms"
  let traceEvents: [Event]

  struct Event: Encodable {
    let name: String
    let cat: String
    /// Complete: it has a duration.
    let ph = "X"
    /// Microseconds since the first pass began.
    let ts: Double
    /// Microseconds.
    let dur: Double
    let pid = 1
    let tid = 1
    let args: [String: String]
  }

  /// - Parameter network: the name of the passes' events.
  init(_ passes: [ProfiledPass], of network: String) {
    var events: [Event] = []
    func add(
      _ name: String, _ category: String, _ start: ContinuousClock.Instant, _ seconds: Double,
      _ arguments: [String: String]
    ) {
      events.append(
        Event(
          name: name, cat: category, ts: (start - passes[0].start) / .microseconds(1), dur: seconds * 1e6,
          args: arguments))
    }
    for (index, pass) in passes.enumerated() {
      add("\(network) \(index + 1)", "pass", pass.start, pass.seconds, [:])
      for layer in pass.layers {
        var arguments = ["kind": layer.kind, "output": "\(layer.output)"]
        arguments["algorithm"] = layer.algorithm
        if layer.macs > 0 {
          arguments["GFLOP/s"] = fixed(2e-9 * Double(layer.macs) / layer.seconds, 1)
        }
        add(layer.name.isEmpty ? layer.kind : layer.name, "layer", layer.start, layer.seconds, arguments)
      }
    }
    traceEvents = events
  }

  /// - Throws: a failure that names the file.
  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(self)
    do {
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Failure(.cannotCreate, "\(path): cannot be written: \(error.localizedDescription)")
    }
  }
}
