import Foundation
import Timing

/// What `callers` prints; the JSON's keys are those of compare/callers.py.
struct Report: Encodable {
  let network: String
  let callers: Int
  let style: String
  let threads: Int
  let pictures_per_second: Double
  /// Of a call, the waiting for an actor not included.
  let median_ms: Double
  let max_ms: Double
  /// Calls of the caller that made the fewest.
  let fewest_calls: Int

  /// - Parameters:
  ///   - calls: of each caller.
  ///   - seconds: for which all called at once, until `end`.
  init(
    network: String, callers: Int, style: String, threads: Int, calls: [[Call]], seconds: Double,
    end: ContinuousClock.Instant
  ) {
    let times = Summary(calls.joined().map(\.milliseconds))
    self.network = network
    self.callers = callers
    self.style = style
    self.threads = threads
    pictures_per_second = calls.joined().map { $0.share(before: end) }.reduce(0, +) / seconds
    median_ms = times.median
    max_ms = times.maximum
    fewest_calls = calls.map(\.count).min() ?? 0
  }

  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  var text: String {
    func number(_ value: Double) -> String { String(format: "%.1f", value) }
    return """
      \(network), \(callers) caller(s), \(style), \(threads) thread(s)
      pictures/s  \(number(pictures_per_second))
      a call      \(number(median_ms)) ms, longest \(number(max_ms)); the least of a caller \(fewest_calls)
      """
  }
}
