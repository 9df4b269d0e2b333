import Engine
import Foundation

/// A network that a study trained, or found trained.
public struct StudyRun {
  /// Its folder in the study's, and its name in messages.
  public let name: String
  /// Of all its epochs; of a run that diverged those before.
  public let records: [EpochRecord]
  /// The run's folder: log, evaluation, and best and last weights where they were kept.
  public let directory: RunDirectory
  /// How the run ended before its last epoch; nil where it did not.
  public var divergence: Divergence?

  /// Where a run's numbers were none any more.
  public struct Divergence: Codable, Hashable, Sendable {
    /// Counted from 1.
    public let epoch: Int
    /// What was no number.
    public let what: String

    /// - Parameter steps: of the epochs before.
    func error(after steps: Int) -> TrainingError {
      .diverged(epoch: epoch, step: steps + 1, what: what)
    }
  }

  /// The epoch whose weights were kept as the best.
  /// - Precondition: an epoch was done before the run ended.
  public var best: EpochRecord { records.best! }
  /// Of training, without evaluations.
  public var seconds: Double { records.reduce(0) { $0 + $1.seconds } }
  /// Of training and evaluations.
  public var allSeconds: Double { records.reduce(0) { $0 + $1.seconds + $1.validationSeconds } }

  /// A classifier's, of its best weights on the validation set.
  /// - Throws: ``TrainingError/unreadable(file:reason:)``, ``TrainingError/malformed(file:reason:)``.
  func evaluation() throws -> Evaluation {
    guard let evaluation = try directory.readEvaluation() else {
      throw TrainingError.malformed(file: directory.evaluation.path, reason: "is missing")
    }
    return evaluation
  }
}

extension Array where Element == [StudyRun] {
  /// For studies that have nothing to say of a run without a last epoch.
  /// - Throws: ``TrainingError/diverged(epoch:step:what:)`` of the first run that diverged.
  func refusingDivergence() throws -> Self {
    for run in joined() {
      if let divergence = run.divergence { throw divergence.error(after: run.records.last?.steps ?? 0) }
    }
    return self
  }
}

extension StudyContext {
  /// Does a run in a folder of its own under the study's; goes on with what an earlier attempt left there, and trains nothing
  /// where that is done. A run that diverges is a result too.
  /// - Parameters:
  ///   - name: of the folder, unique within the study; `plain-20/seed-1` makes folders within each other.
  ///   - keepsWeights: whether the folder keeps weights when all epochs are done.
  ///   - make: makes the run, which writes nothing yet, in the folder that it is given.
  /// - Throws: ``TrainingError``, and what making the run and reading pictures throw.
  func trainWhateverComes(
    _ name: String, keepsWeights: Bool, _ make: (_ output: URL) throws -> any TrainingRun
  ) throws -> StudyRun {
    let output = folder.appendingPathComponent(name)
    let directory = RunDirectory(output)
    let run = try make(output)
    run.environment = environment
    let before = environments(of: name)
    if let done = try FinishedRun.read(in: output, expecting: run.description, on: memory.pictures) {
      memory.takeOver(before)
      return StudyRun(
        name: name, records: done.records, directory: directory, divergence: done.divergence)
    }
    let begun = FileManager.default.fileExists(atPath: directory.checkpoint.path)
    // Stopped before its first checkpoint: there is nothing to go on with.
    if !begun { try? FileManager.default.removeItem(at: output) }
    let epochs = run.description.configuration.epochs
    say("\(name): \(counted(epochs, "epoch"))\(begun ? ", going on with what is there" : "")")
    if begun { memory.takeOver(before) }
    try keepEnvironment(of: name, after: begun ? before : [])
    var divergence: StudyRun.Divergence?
    var records: [EpochRecord] = []
    do {
      records = try run.run(resuming: begun, until: nil) { _ in }
    } catch TrainingError.diverged(let epoch, _, let what) {
      divergence = .init(epoch: epoch, what: what)
      records = try directory.readLog()
      say("\(name): diverged in epoch \(epoch): \(what)")
    }
    try directory.write(
      FinishedRun(
        description: run.description, records: records, divergence: divergence,
        pictures: memory.pictures),
      to: output.appendingPathComponent(FinishedRun.name), withWords: true)
    if !keepsWeights {
      for file in [directory.best, directory.last, directory.checkpoint, directory.features] {
        try? FileManager.default.removeItem(at: file)
      }
    }
    return StudyRun(name: name, records: records, directory: directory, divergence: divergence)
  }

  /// Whether a run of a training has done a step, with whatever seed.
  func hasBegun(_ training: StudyTraining) -> Bool {
    let runs = folder.appendingPathComponent(training.name)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []
    return names.contains { name in
      let run = runs.appendingPathComponent(name)
      let checkpoint = RunDirectory(run).checkpoint
      func exists(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }
      return exists(run.appendingPathComponent(FinishedRun.name))
        || (exists(checkpoint) && !Checkpoint.isOfABeginning(checkpoint))
    }
  }
}

/// What a study keeps of a run whose epochs are all done, or that diverged: it is not trained again.
private struct FinishedRun: Codable {
  let description: RunDescription
  let records: [EpochRecord]
  let divergence: StudyRun.Divergence?
  /// Of the study's data; nil in a file of version 0.1.
  let pictures: DataKey?

  static let name = "finished.json"

  /// - Returns: nil where the run is not done.
  /// - Throws: ``TrainingError/differentRun(folder:differences:)`` where another one is.
  static func read(
    in folder: URL, expecting description: RunDescription, on pictures: DataKey
  ) throws -> Self? {
    guard let found = JSON.read(Self.self, at: folder.appendingPathComponent(name)) else { return nil }
    var differences = description.differences(from: found.description)
    if description.configuration.epochs != found.description.configuration.epochs {
      differences.append("epochs")
    }
    if description.data != found.description.data { differences.append("data") }
    differences += found.pictures?.differences(from: pictures) ?? []
    guard differences.isEmpty else {
      throw TrainingError.differentRun(folder: folder.path, differences: differences)
    }
    return found
  }
}
