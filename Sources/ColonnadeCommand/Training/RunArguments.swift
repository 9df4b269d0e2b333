import ArgumentParser
import Colonnade
import Foundation

/// Where a run is, and whether it goes on: of 'train' and 'pretrain'.
struct RunArguments: ParsableArguments {
  @Option(help: ArgumentHelp("The run's folder, new or empty.", valueName: "folder"))
  var out: String?

  @Option(
    name: .customLong("recipe"),
    help: ArgumentHelp("Options in a YAML file, such as 'epochs: 30'.", valueName: "file"))
  var recipeFile: String?

  @Flag(help: "Go on with the run in the folder.")
  var resume = false

  /// The run's folder.
  /// - Throws: `ValidationError` where none was given.
  func folder() throws -> String {
    guard let out else { throw ValidationError("Missing expected argument '--out <folder>'") }
    guard !out.isEmpty else { throw ValidationError("--out names no folder") }
    return out
  }

  /// What the run was begun with that is gone on with; nil where a new one begins.
  /// - Parameters:
  ///   - data: what the command was given, for its message.
  ///   - isPretraining: whether the command's runs are of pictures without labels.
  /// - Throws: `TrainingError` where there is no run, ``Failure`` where it is another command's.
  func earlier(on data: String, isPretraining: Bool) throws -> RunDescription? {
    guard resume else { return nil }
    let folder = try folder()
    let directory = RunDirectory(URL(fileURLWithPath: folder))
    guard FileManager.default.fileExists(atPath: directory.configuration.path) else {
      throw TrainingError.nothingToResume(folder: folder)
    }
    let earlier = try directory.readDescription()
    guard earlier.card.isPretrained == isPretraining else {
      throw Failure(
        .usage,
        isPretraining
          ? "\(folder): the run there has labels; 'colonnade train \(data) --out \(folder) --resume' goes on"
          : "\(folder): the run there is of pictures without labels, and 'colonnade pretrain' goes on with it"
      )
    }
    return earlier
  }

  /// Does the run, whatever it trains.
  /// - Parameters:
  ///   - run: ready to begin, or to go on.
  ///   - loop: what it does beside training.
  ///   - earlier: what it was begun with where it goes on.
  ///   - display: its observer.
  /// - Throws: what ``TrainingDisplay/follow(_:resuming:events:)`` throws.
  func follow(
    _ run: any TrainingRun, _ loop: LoopArguments, _ earlier: RunDescription?, on display: TrainingDisplay
  ) throws {
    run.checkpointInterval = loop.interval ?? earlier?.checkpointInterval ?? .standard
    let hadEvents = try resume && TensorBoardLog.isIn(URL(fileURLWithPath: folder()))
    try display.follow(run, resuming: resume, events: loop.tensorboard || hadEvents)
  }
}
