import Engine
import Foundation
import Timing

/// What a benchmark prints: the BLAS in use, how busy others were meanwhile, and the measurements.
public struct Document<Measurement: Encodable>: Encodable {
  private let library, kernel: String
  private let foreignProcessors: Double?
  private let measurements: [Measurement]

  /// - Parameter load: begun before the first measurement.
  public init(_ measurements: [Measurement], load: ForeignLoad) {
    (library, kernel) = GEMM.libraryDescription
    foreignProcessors = load.processors
    self.measurements = measurements
  }

  /// Prints JSON, or a table of a row a measurement.
  public func print(json: Bool, header: [String], row: (Measurement) -> [String]) throws {
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      return Swift.print(String(decoding: try encoder.encode(self), as: UTF8.self))
    }
    var table = TextTable(header: header)
    for measurement in measurements { table.append(row(measurement)) }
    Swift.print("\(library), \(kernel)\n\(table.text)")
    if let foreignProcessors {
      Swift.print("other processes used \(String(format: "%.2f", foreignProcessors)) processors meanwhile")
    }
  }
}

extension Rate {
  /// The heads of ``cells``.
  public static func heads(_ unit: String, limit: String) -> [String] {
    [unit, "quartiles", "of \(limit)", limit]
  }

  /// The median, its quartiles, the share of the limit, the limit.
  public var cells: [String] {
    [
      rate.median.short, "\(rate.lowerQuartile.short)–\(rate.upperQuartile.short)",
      share.map { String(format: "%.0f %%", $0.median * 100) } ?? "–", limit?.median.short ?? "–",
    ]
  }
}

extension Double {
  /// With one digit after the point.
  public var short: String { String(format: "%.1f", self) }
}
