import Foundation

/// JSON as this target writes it: sorted keys, so that equal values are equal files.
enum JSON {
  /// - Precondition: the value has no infinite number and no NaN.
  static func encoded(_ value: some Encodable, pretty: Bool = false) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    do {
      return try encoder.encode(value)
    } catch {
      preconditionFailure("JSON: \(error)")
    }
  }
}
