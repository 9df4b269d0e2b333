import Foundation

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
    if let kept = JSON.read(Kept<Value>.self, at: file), kept.conditions == conditions {
      return kept.value
    }
    let value = try measure()
    let directory = RunDirectory(folder)
    try directory.make()
    try directory.write(Kept(conditions: conditions, value: value), to: file, withWords: true)
    return value
  }
}
