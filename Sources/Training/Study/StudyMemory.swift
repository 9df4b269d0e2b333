import Foundation

extension StudyContext {
  /// What was measured before under these conditions, or is now: a study that was stopped measures nothing twice.
  /// - Parameters:
  ///   - name: of the file in the study's folder, without its extension.
  ///   - conditions: what the value depends on beside the study and its data; what was measured under others is measured again.
  ///   - measure: called where there is nothing to remember.
  /// - Throws: ``TrainingError/output(file:reason:)``, and what `measure` throws.
  public func remembered<Value: Codable>(
    _ name: String, under conditions: String = "", _ measure: () throws -> Value
  ) throws -> Value {
    let file = folder.appendingPathComponent("\(name).json")
    if let data = try? Data(contentsOf: file),
      let kept = try? JSONDecoder().decode(Kept<Value>.self, from: data), kept.conditions == conditions
    {
      return kept.value
    }
    let value = try measure()
    try RunDirectory(folder).make()
    try TrainingError.writing(
      JSON.encoded(Kept(conditions: conditions, value: value), pretty: true), to: file.path)
    return value
  }
}

private struct Kept<Value: Codable>: Codable {
  let conditions: String
  let value: Value
}
