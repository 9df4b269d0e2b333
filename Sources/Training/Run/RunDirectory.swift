import Engine
import Foundation

/// The folder of a training run and the names of its files. Every file is written under another name and then put in its
/// place, so it is whole at any moment. While a run is under way its folder is locked.
public struct RunDirectory: Sendable {
  /// The folder.
  public let url: URL

  /// - Parameter url: the folder; it need not exist.
  public init(_ url: URL) { self.url = url }

  /// Weights and card after the last epoch.
  public var last: URL { url.appending(path: "last.safetensors") }
  /// Weights and card after the epoch with the best validation.
  public var best: URL { url.appending(path: "best.safetensors") }
  /// All that is needed to go on.
  public var checkpoint: URL { url.appending(path: "checkpoint.safetensors") }
  /// An ``EpochRecord`` a line.
  public var log: URL { url.appending(path: "log.jsonl") }
  /// The run's ``RunDescription``.
  public var configuration: URL { url.appending(path: "configuration.json") }
  /// The task's evaluation of the best weights on the validation set, of a classification an ``Evaluation``.
  public var evaluation: URL { url.appending(path: "evaluation.json") }
  /// Some validation pictures with the best weights' predictions: an array of ``ExamplePicture``.
  public var examples: URL { url.appending(path: "examples.json") }

  /// Of a detector whose proposals come from selective search: those of all pictures, see ``ProposalStore``.
  public var proposals: URL { url.appending(path: "proposals.safetensors") }

  /// Of a linear probe: what the trunk makes of all pictures, with what that depends on.
  public var features: URL { url.appending(path: "features.safetensors") }

  /// - Throws: ``TrainingError/unreadable(file:reason:)``, and ``TrainingError/malformed(file:reason:)`` where the file is
  ///   something else.
  public func readDescription() throws -> RunDescription { try decode(configuration) }

  /// - Throws: ``TrainingError/unreadable(file:reason:)``, and ``TrainingError/malformed(file:reason:)`` where the file is
  ///   something else.
  public func readLog() throws -> [EpochRecord] {
    let data = try read(log)
    var records: [EpochRecord] = []
    for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
      guard let record = try? JSONDecoder().decode(EpochRecord.self, from: Data(line)) else {
        throw TrainingError.malformed(file: log.path, reason: "line \(index + 1) is not a record of an epoch")
      }
      records.append(record)
    }
    return records
  }

  /// The evaluation of the best weights of a classification; nil before the first epoch's end.
  public func readEvaluation() throws -> Evaluation? {
    try readEvaluation(as: Evaluation.self)
  }

  /// The evaluation of the best weights, as the task's meter wrote it; nil before the first epoch's end.
  public func readEvaluation<E: Decodable>(as type: E.Type) throws -> E? {
    try decodeIfPresent(evaluation)
  }

  /// Nil before the first epoch's end.
  public func readExamples() throws -> [ExamplePicture]? { try decodeIfPresent(examples) }
}

extension RunDirectory {
  /// Makes the folder of a new run.
  /// - Returns: what keeps other runs out of it.
  func prepareNew() throws -> FolderLock {
    try make()
    // Before it is looked at, for another process may begin there at the same moment.
    let lock = try FolderLock(url.path)
    try checkContent()
    PartialFiles.removeLeftOvers(in: url.path)
    return lock
  }

  /// Makes the folder where it is missing.
  func make() throws {
    guard try !exists() else { return }
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw TrainingError.output(file: url.path, reason: "cannot be made: \(error.localizedDescription)")
    }
  }

  /// Refuses a folder that cannot be a new run's, before any work is done for it.
  func checkNew() throws { if try exists() { try checkContent() } }

  private func exists() throws -> Bool {
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory)
    guard !exists || isDirectory.boolValue else {
      throw TrainingError.output(file: url.path, reason: "is not a folder")
    }
    return exists
  }

  /// Proposals may be there: they were searched for before the run began, and are known by their pictures. So may be the first
  /// checkpoint of a run that was killed before its description was written, and files that it had begun.
  private func checkContent() throws {
    let content: [String]
    do {
      content = try FileManager.default.contentsOfDirectory(atPath: url.path)
    } catch {
      throw TrainingError.output(file: url.path, reason: error.localizedDescription)
    }
    let isEmpty = content.allSatisfy {
      $0 == proposals.lastPathComponent || PartialFiles.isLeftOver($0)
        || ($0 == checkpoint.lastPathComponent && Checkpoint.isOfABeginning(checkpoint))
    }
    guard isEmpty else { throw TrainingError.outputNotEmpty(folder: url.path) }
  }

  /// - Parameter withWords: see ``JSON/encoded(_:pretty:withWords:)``.
  func write(_ value: some Encodable, to file: URL, withWords: Bool = false) throws {
    try write(JSON.encoded(value, pretty: true, withWords: withWords), to: file)
  }

  func write(log records: [EpochRecord]) throws {
    var lines = Data()
    for record in records {
      lines.append(JSON.encoded(record))
      lines.append(UInt8(ascii: "\n"))
    }
    try write(lines, to: log)
  }

  private func write(_ data: Data, to file: URL) throws {
    try TrainingError.writing(data, to: file.path)
  }

  private func read(_ file: URL) throws -> Data {
    do {
      return try Data(contentsOf: file)
    } catch {
      throw TrainingError.unreadable(file: file.path, reason: "cannot be read: \(error.localizedDescription)")
    }
  }

  private func decode<T: Decodable>(_ file: URL) throws -> T {
    let data = try read(file)
    do {
      return try JSONDecoder().decode(T.self, from: data)
    } catch {
      throw TrainingError.malformed(file: file.path, reason: "is not what this version writes there")
    }
  }

  private func decodeIfPresent<T: Decodable>(_ file: URL) throws -> T? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try decode(file)
  }
}
