import Foundation

/// How studies keep values in files: numbers that are none as words.
enum StudyFile {
  /// - Returns: nil where there is no such file, or it holds something else.
  static func read<Value: Decodable>(_ type: Value.Type, at file: URL) -> Value? {
    guard let data = try? Data(contentsOf: file) else { return nil }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try? decoder.decode(type, from: data)
  }

  /// Writes all of it or nothing.
  /// - Throws: ``TrainingError/output(file:reason:)``.
  static func write(_ value: some Encodable, at file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let data: Data
    do { data = try encoder.encode(value) } catch {
      throw TrainingError.output(file: file.path, reason: "cannot be encoded: \(error)")
    }
    try TrainingError.writing(data, to: file.path)
  }
}

extension StudyContext {
  private struct Kept<Value: Codable>: Codable {
    let conditions: String
    let value: Value
  }

  /// What was measured before under these conditions, or is now: a study that was stopped measures nothing twice.
  /// - Parameters:
  ///   - name: of the file in the study's folder, without its extension.
  ///   - conditions: what the value depends on beside the study and its data, such as `2 threads, 224 pixels`; what was measured
  ///     under others is measured again.
  ///   - measure: called where there is nothing to remember.
  /// - Throws: ``TrainingError/output(file:reason:)``, and what `measure` throws.
  public func remembered<Value: Codable>(
    _ name: String, under conditions: String = "", _ measure: () throws -> Value
  ) throws -> Value {
    let file = folder.appendingPathComponent("\(name).json")
    if let kept = StudyFile.read(Kept<Value>.self, at: file), kept.conditions == conditions {
      return kept.value
    }
    let value = try measure()
    try RunDirectory(folder).make()
    try StudyFile.write(Kept(conditions: conditions, value: value), at: file)
    return value
  }
}
