import Engine
import Foundation

extension StudyTable.Unit {
  /// A number as people read it: `97.50 %`, `12.3 ms`, `1 h 2 min`, `25,557,032`, `98.1 MB`, `0.05`; of none a dash.
  /// - Parameter value: in the unit: shares in 0...1, times in seconds, memory in bytes.
  public func text(_ value: Double) -> String { text(value, deviation: nil) }

  /// Mean and deviation in one unit: `97.50 ± 0.31 %`.
  /// - Parameters:
  ///   - mean: in the unit.
  ///   - deviation: in the unit.
  public func text(mean: Double, deviation: Double) -> String { text(mean, deviation: deviation) }

  private func text(_ value: Double, deviation: Double?) -> String {
    guard value.isFinite else { return value.isNaN ? "–" : value > 0 ? "∞" : "−∞" }
    func joined(_ factor: Double, _ digits: Int, _ name: String) -> String {
      let numbers = [value, deviation].compactMap { $0 }.map { fixed($0 / factor, digits) }
      return numbers.joined(separator: " ± ") + name
    }
    switch self {
    case .share: return joined(0.01, 2, " %")
    case .seconds:
      let milliseconds = abs(value) * 1e3
      return joined(1e-3, milliseconds < 10 ? 2 : milliseconds < 1_000 ? 1 : 0, " ms")
    case .duration:
      if abs(value) < 60 { return joined(1, abs(value) < 10 ? 2 : 1, " s") }
      if deviation != nil { return joined(60, 1, " min") }
      return HTML.duration(min(abs(value), 1e12))
    case .count:
      guard abs(value) < 1e15 else { return joined(1, 0, "") }
      let whole = grouped(Int(value.rounded()))
      return deviation.map { "\(whole) ± \(fixed($0, 0))" } ?? whole
    case .bytes:
      for (limit, name) in [(1e9, " GB"), (1e6, " MB"), (1e3, " kB")] where abs(value) >= limit {
        return joined(limit, 1, name)
      }
      return joined(1, 0, " B")
    case .number, .text:
      return [value, deviation].compactMap { $0 }.map { String(format: "%.4g", $0) }.joined(separator: " ± ")
    }
  }

  private func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

  /// A number as an axis has it: as few digits as tell.
  func label(_ value: Double) -> String {
    func number(_ value: Double, _ name: String) -> String { String(format: "%.4g", value) + name }
    switch self {
    case .share: return number(value * 100, " %")
    case .seconds: return number(value * 1e3, " ms")
    case .duration: return abs(value) < 120 ? number(value, " s") : number(value / 60, " min")
    case .bytes: return text(value)
    case .count, .number, .text: return number(value, "")
    }
  }
}

extension StudyTable.Column {
  /// Its title, and whether others measured it.
  public var head: String { isPublished ? "\(title) (published)" : title }

  /// A cell of the column as people read it; a dash where there is nothing.
  /// - Parameter cell: of this column.
  public func text(_ cell: StudyTable.Cell) -> String {
    switch cell {
    case .text(let text): text
    case .number(let value): unit.text(value)
    case .spread(let mean, let deviation): unit.text(mean: mean, deviation: deviation)
    case .none: "–"
    }
  }
}
