import Datasets
import Engine
import Foundation

/// Of which pictures a study's folder remembers what was measured, what was taken over from there, and what all of it took.
final class StudyMemory {
  private let data: DataSource<Int>
  private(set) lazy var pictures = DataKey([data.train, data.validation])
  /// Where and when an earlier attempt had measured what this one took over.
  private(set) var earlier: [RunEnvironment] = []
  /// What measuring took, that of earlier attempts included.
  var seconds = 0.0

  init(_ data: DataSource<Int>) { self.data = data }

  /// Counts what was not measured anew.
  func takeOver(_ environments: [RunEnvironment]) {
    for environment in environments where !earlier.contains(environment) { earlier.append(environment) }
  }
}

/// What is kept in a study's folder.
struct KeptValue<Value: Codable>: Codable {
  let conditions: String
  /// Nil in a file of version 0.1.
  let pictures: DataKey?
  /// Where and when it was measured; nil in a file of version 0.1.
  let environment: RunEnvironment?
  /// That measuring it took; nil in a file of version 0.1, and where that is not told.
  let seconds: Double?
  let value: Value
}

extension StudyContext {
  /// What was measured before of these pictures under these conditions, or is now: a study that was stopped measures nothing twice.
  /// - Parameters:
  ///   - name: of the file in the study's folder, without its extension.
  ///   - conditions: what the value depends on beside the study and its pictures, such as `224 pixels`; what was measured under
  ///     others is measured again.
  ///   - holdsTimes: whether times are a part of it: what was measured with another number of threads is measured again.
  ///   - measure: called where there is nothing to remember.
  /// - Throws: ``TrainingError/output(file:reason:)``, and what `measure` throws.
  public func remembered<Value: Codable>(
    _ name: String, under conditions: String = "", holdsTimes: Bool = false, _ measure: () throws -> Value
  ) throws -> Value {
    if let found: KeptValue<Value> = kept(name), found.conditions == conditions,
      let pictures = found.pictures, pictures.fits(memory.pictures),
      !holdsTimes || found.environment?.threads == Parallel.threads
    {
      memory.takeOver([found.environment].compactMap { $0 })
      memory.seconds += found.seconds ?? 0
      return found.value
    }
    let start = ContinuousClock.now
    let value = try measure()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    try keep(value, name, under: conditions, seconds: seconds)
    memory.seconds += seconds
    return value
  }

  /// What is in a file of the study's folder, of whatever pictures; nil where there is no such file.
  func kept<Value: Codable>(_ name: String) -> KeptValue<Value>? {
    JSON.read(KeptValue<Value>.self, at: file(name))
  }

  /// Keeps what was measured now.
  func keep(
    _ value: some Codable, _ name: String, under conditions: String = "", seconds: Double? = nil
  ) throws {
    try write(
      KeptValue(
        conditions: conditions, pictures: memory.pictures, environment: environment, seconds: seconds,
        value: value),
      to: file(name))
  }

  private func file(_ name: String) -> URL { folder.appendingPathComponent("\(name).json") }

  private func write(_ value: some Encodable, to file: URL) throws {
    let directory = RunDirectory(folder)
    try directory.make()
    try directory.write(value, to: file, withWords: true)
  }

  // MARK: Where runs were trained

  private var environmentsFile: URL { file("environments") }

  private typealias Environments = [String: [RunEnvironment]]

  /// Where and when a run was trained so far; nothing where that was not kept.
  func environments(of run: String) -> [RunEnvironment] {
    JSON.read(Environments.self, at: environmentsFile)?[run] ?? []
  }

  /// Keeps that a run is trained here and now, after what it was trained before.
  func keepEnvironment(of run: String, after before: [RunEnvironment]) throws {
    var all = JSON.read(Environments.self, at: environmentsFile) ?? [:]
    all[run] = before + [environment]
    try write(all, to: environmentsFile)
  }
}
