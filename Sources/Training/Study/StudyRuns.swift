import Datasets
import Engine
import Foundation
import Images
import Models

/// A network that a study trained, or found trained.
public struct StudyRun {
  /// Its folder in the study's, and its name in messages.
  public let name: String
  /// Of all its epochs.
  public let records: [EpochRecord]
  /// The run's folder: best and last weights, log, evaluation.
  public let directory: RunDirectory

  /// The epoch whose weights were kept as the best.
  public var best: EpochRecord { records.last(where: \.isBest) ?? records[records.count - 1] }
  /// Of training, without evaluations.
  public var seconds: Double { records.reduce(0) { $0 + $1.seconds } }
}

extension StudyContext {
  /// Trains a network in a folder of its own under the study's; goes on with what an earlier attempt left there, and trains nothing
  /// where that is done.
  /// - Parameters:
  ///   - name: of the folder, unique within the study; `plain-20/seed-1` makes folders within each other.
  ///   - network: with its initial weights.
  ///   - data: the pictures; nil is the study's.
  ///   - preprocessing: of both parts.
  ///   - configuration: its number of epochs is what is trained.
  /// - Throws: ``TrainingError``, `NetworkError`, and what reading pictures throws.
  public func train(
    _ name: String, _ network: Network, data: DataSource<Int>? = nil, preprocessing: Preprocessing,
    configuration: TrainingConfiguration
  ) throws -> StudyRun {
    let output = folder.appendingPathComponent(name)
    let directory = RunDirectory(output)
    let begun = FileManager.default.fileExists(atPath: directory.checkpoint.path)
    // Stopped before its first checkpoint: there is nothing to go on with.
    if !begun { try? FileManager.default.removeItem(at: output) }
    say("\(name): \(configuration.epochs) epochs\(begun ? ", going on with what is there" : "")")
    let trainer = try Trainer(
      network, data ?? self.data, preprocessing: preprocessing, configuration: configuration, output: output,
      observer: observer)
    let records = try trainer.run(resuming: begun, until: nil) { _ in }
    return StudyRun(name: name, records: records, directory: directory)
  }
}
