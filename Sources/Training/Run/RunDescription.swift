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
  /// Of a classifier: how many training pictures each class has, in the order of the classes; nil where telling it would take long.
  public var classPictures: [Int]?
  /// The weights that the run began from; nil of random ones.
  public var start: RunStart?
  /// Where and when it began.
  public var environment: RunEnvironment?
  /// Where and when it was gone on with, each time that was elsewhere or otherwise than before.
  public var resumptions: [RunEnvironment]?
  /// The command that began it, as a shell takes it.
  public var command: String?
}

extension RunDescription {
  /// Whether the run has epochs, a log and checkpoints; an ``RCNNRun`` has none.
  public var hasEpochs: Bool { card.task != RCNNRun.task }

  /// What differs from another run, but for the number of epochs, which may grow, the patience, the data's name, and where the
  /// run comes from.
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

  /// Takes over where an earlier part of the run comes from, and what differs from that here.
  mutating func goOn(from earlier: Self) {
    let here = environment
    (start, environment, command) = (earlier.start, earlier.environment, earlier.command)
    resumptions = earlier.resumptions
    guard let here else { return }
    let before = resumptions?.last ?? environment
    guard before.map({ !here.differences(from: $0).isEmpty }) ?? true else { return }
    resumptions = (resumptions ?? []) + [here]
  }
}
