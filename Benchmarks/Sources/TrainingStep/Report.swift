import Foundation
import Timing

/// What `training-step` prints; the JSON's keys are those of compare/worker.py.
struct Report: Encodable {
  let network: String
  let batch: Int
  let threads: Int
  let median_ms: Double
  let min_ms: Double
  let max_ms: Double
  let peak_mib: Double
  /// Peak before the first step: the program and the weights.
  let before_mib: Double
  let foreign_processors: Double?

  init(
    network: String, batch: Int, threads: Int, times: Summary, peakMemory: Double, before: Double,
    foreignProcessors: Double?
  ) {
    self.network = network
    self.batch = batch
    self.threads = threads
    median_ms = times.median
    min_ms = times.minimum
    max_ms = times.maximum
    peak_mib = peakMemory
    before_mib = before
    foreign_processors = foreignProcessors
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
    var lines = """
      \(network), batch \(batch), \(threads) thread(s)
      step         \(number(median_ms)) ms (\(number(min_ms))–\(number(max_ms)))
      pictures/s   \(number(Double(batch) / median_ms * 1e3))
      peak memory  \(number(peak_mib)) MiB, before the first step \(number(before_mib))
      """
    if let foreign_processors {
      lines += "\nother processes used \(String(format: "%.2f", foreign_processors)) processors meanwhile"
    }
    return lines
  }
}
