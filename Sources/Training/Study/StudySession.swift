import Datasets
import Foundation

/// Does studies one after another in one folder, which no other session can use meanwhile. What an earlier session did there
/// is not done again.
public final class StudySession {
  private let data: DataSource<Int>
  private let options: StudyOptions
  private let folder: URL
  private let version: String
  private let command: String
  private let observer: (any TrainingObserver)?
  private let say: (String) -> Void
  private let lock: FolderLock

  /// - Parameters:
  ///   - data: the pictures.
  ///   - options: what the person has said.
  ///   - folder: of all runs; made where it is missing.
  ///   - version: of the program, for reports.
  ///   - command: that does it again, for reports.
  ///   - observer: is told how each run goes.
  ///   - say: is told in a line what is done next.
  /// - Throws: ``TrainingError/output(file:reason:)``, ``TrainingError/inUse(folder:)``,
  ///   ``TrainingError/noPictures(set:)``, ``TrainingError/invalidConfiguration(_:)``.
  public init(
    data: DataSource<Int>, options: StudyOptions, folder: URL, version: String, command: String,
    observer: (any TrainingObserver)? = nil, say: @escaping (String) -> Void
  ) throws {
    for (name, part) in [("training", data.train), ("validation", data.validation)] where part.count == 0 {
      throw TrainingError.noPictures(set: name)
    }
    guard !options.seeds.isEmpty, Set(options.seeds).count == options.seeds.count else {
      throw TrainingError.invalidConfiguration("a study needs seeds, each of them once")
    }
    try RunDirectory(folder).make()
    lock = try FolderLock(folder.path)
    (self.data, self.options, self.folder) = (data, options, folder)
    (self.version, self.command) = (version, command)
    (self.observer, self.say) = (observer, say)
  }

  /// Answers a study's question.
  /// - Parameter study: its runs are kept in a folder of its name.
  /// - Throws: ``TrainingError``, and what reading data and weights throws.
  public func run(_ study: any Study) throws -> StudyResult {
    let context = StudyContext(
      data: data, options: options, folder: folder.appendingPathComponent(study.name), version: version,
      observer: observer, say: say)
    var result = try study.run(context)
    result.seconds += context.memory.seconds
    result.attribution = result.attribution ?? data.attribution
    let environment = context.environment
    let earlier = context.memory.earlier.filter { $0 != environment }
    result.environment = environment
    result.earlierEnvironments = earlier.isEmpty ? nil : earlier
    result.command = command
    return result
  }
}
