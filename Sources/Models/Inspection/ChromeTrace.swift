import Engine
import Foundation

/// Passes in the Trace Event Format, for chrome://tracing and Perfetto: a complete event a pass, and in it one a layer.
/// <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMCN4h1KsYQxqkZ6m5c>
public struct ChromeTrace: Encodable, Sendable {
  private let displayTimeUnit = "ms"
  private let traceEvents: [Event]

  private struct Event: Encodable {
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

  /// - Parameters:
  ///   - passes: in the order in which they ran.
  ///   - network: the name of the passes' events.
  public init(_ passes: [ProfiledPass], of network: String) {
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
          arguments["GFLOP/s"] = String(format: "%.1f", 2e-9 * Double(layer.macs) / layer.seconds)
        }
        add(layer.name.isEmpty ? layer.kind : layer.name, "layer", layer.start, layer.seconds, arguments)
      }
    }
    traceEvents = events
  }

  /// The file's content, JSON.
  public func data() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
