import Foundation
import Timing

/// What `callers` prints; the JSON's keys are those of compare/callers.py.
struct Report: Encodable {
  let network: String
  let callers: Int
  let style: String
  let threads: Int
  /// The median of the pieces, where there are several.
  let pictures_per_second: Double
  /// Of one caller in the pieces between.
  let serial_pictures_per_second: Double?
  /// The median ratio of a piece to that of one caller beside it.
  let of_serial: Double?
  /// Of a call, the waiting for an actor not included.
  let median_ms: Double
  let max_ms: Double
  /// Calls of the caller that made the fewest.
  let fewest_calls: Int

  /// - Parameters:
  ///   - company: the calls of each piece.
  ///   - serial: of one caller, as many pieces or none.
  init(network: String, callers: Int, style: String, threads: Int, company: [Calls], serial: [Calls]) {
    let times = Summary(company.flatMap(\.all).map(\.milliseconds))
    self.network = network
    self.callers = callers
    self.style = style
    self.threads = threads
    pictures_per_second = Summary(company.map(\.rate)).median
    serial_pictures_per_second = serial.isEmpty ? nil : Summary(serial.map(\.rate)).median
    of_serial = serial.isEmpty ? nil : Summary(zip(company, serial).map { $0.rate / $1.rate }).median
    median_ms = times.median
    max_ms = times.maximum
    fewest_calls = company.map(\.fewestOfACaller).min() ?? 0
  }

  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  private var besideSerial: String {
    guard let serial_pictures_per_second, let of_serial else { return "" }
    return String(format: ", of one caller %.1f: %.3f of it", serial_pictures_per_second, of_serial)
  }

  var text: String {
    func number(_ value: Double) -> String { String(format: "%.1f", value) }
    return """
      \(network), \(callers) caller(s), \(style), \(threads) thread(s)
      pictures/s  \(number(pictures_per_second))\(besideSerial)
      a call      \(number(median_ms)) ms, longest \(number(max_ms)); the least of a caller \(fewest_calls)
      """
  }
}
