import Foundation

/// JSON as this target writes it: sorted keys, so that equal values are equal files.
enum JSON {
  /// How numbers that are none stand where they may.
  private static let words = (infinity: "Infinity", negative: "-Infinity", none: "NaN")

  /// - Parameters:
  ///   - value: what is written.
  ///   - pretty: over several lines.
  ///   - withWords: writes infinite numbers and NaN as words, which ``read(_:at:)`` takes.
  /// - Precondition: without words the value has no infinite number and no NaN.
  static func encoded(_ value: some Encodable, pretty: Bool = false, withWords: Bool = false) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    if withWords {
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: words.infinity, negativeInfinity: words.negative, nan: words.none)
    }
    do {
      return try encoder.encode(value)
    } catch {
      preconditionFailure("JSON: \(error)")
    }
  }

  /// A value with words for numbers that are none.
  /// - Returns: nil where there is no such file, or it holds something else.
  static func read<Value: Decodable>(_ type: Value.Type, at file: URL) -> Value? {
    guard let data = try? Data(contentsOf: file) else { return nil }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: words.infinity, negativeInfinity: words.negative, nan: words.none)
    return try? decoder.decode(type, from: data)
  }
}
