import Datasets

/// What a run is: written to `configuration.json`.
public struct RunDescription: Codable, Hashable, Sendable {
  /// Of the weights.
  public var card: WeightCard
  /// What decides the run's numbers.
  public var configuration: TrainingConfiguration
  /// What the data are called.
  public var data: String
  /// What the data's licence asks to be said.
  public var attribution: String?
  /// In the training set.
  public var trainingPictures: Int
  /// In the validation set.
  public var validationPictures: Int
  /// The task's, ``TrainingTask/settings``; nil where it has none.
  public var settings: [String: String]?
  /// How the data were opened; nil where nothing was asked for.
  public var dataOptions: DataOptions?
  /// When checkpoints are written within an epoch; nil is ``CheckpointInterval/standard``. It changes no number.
  public var checkpointInterval: CheckpointInterval?
}

extension RunDescription {
  /// Whether the run has epochs, a log and checkpoints; an ``RCNNRun`` has none.
  public var hasEpochs: Bool { card.task != RCNNRun.task }

  /// What differs from another run, but for the number of epochs, which may grow, the patience, and the data's name.
  func differences(from other: Self) -> [String] {
    var differences = configuration.differences(from: other.configuration).filter {
      $0 != "epochs" && $0 != "patience"
    }
    if card.task != other.card.task { differences.append("task") }
    let (mine, others) = (settings ?? [:], other.settings ?? [:])
    differences += Set(mine.keys).union(others.keys).filter { mine[$0] != others[$0] }.sorted()
    differences += (dataOptions ?? DataOptions()).differences(from: other.dataOptions ?? DataOptions())
    if card.network != other.card.network { differences.append("network") }
    if card.classNames != other.card.classNames { differences.append("classes") }
    if card.preprocessing != other.card.preprocessing { differences.append("preprocessing") }
    if card.detector != other.card.detector { differences.append("detector") }
    if trainingPictures != other.trainingPictures || validationPictures != other.validationPictures {
      differences.append("number of pictures")
    }
    return differences
  }
}
