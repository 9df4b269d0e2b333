import Datasets
import Foundation
import Images
import Models

/// What a study trains with each of its seeds: a network with its recipe, for any task.
public struct StudyTraining {
  /// Of its runs' folder, and in tables.
  public let name: String
  /// Its epochs and its seed are the study's.
  public var configuration: TrainingConfiguration
  /// Its epochs by the plan's: above 1 where an epoch has fewer pictures than others'.
  public var epochFactor = 1.0
  /// Makes the run of a configuration, whose seed is of the initial weights too, in a folder that is its own; nil keeps nothing.
  public let run:
    (_ configuration: TrainingConfiguration, _ output: URL?, _ observer: (any TrainingObserver)?) throws
      -> any TrainingRun

  /// What is trained for any task.
  /// - Parameters:
  ///   - name: of its runs' folder, and in tables.
  ///   - configuration: its epochs and its seed are the study's.
  ///   - run: makes the run of a configuration in a folder; nil keeps nothing.
  public init(
    _ name: String, configuration: TrainingConfiguration,
    run:
      @escaping (
        _ configuration: TrainingConfiguration, _ output: URL?, _ observer: (any TrainingObserver)?
      ) throws -> any TrainingRun
  ) {
    (self.name, self.configuration, self.run) = (name, configuration, run)
  }

  /// A classifier.
  /// - Parameters:
  ///   - name: of its runs' folder, and in tables.
  ///   - data: what it is trained on.
  ///   - preprocessing: of both parts.
  ///   - configuration: its epochs and its seed are the study's.
  ///   - network: makes the network with the initial weights of a seed.
  public init(
    _ name: String, on data: DataSource<Int>, preprocessing: Preprocessing,
    configuration: TrainingConfiguration, network: @escaping (_ seed: UInt64) throws -> Network
  ) {
    self.init(name, configuration: configuration) { configuration, output, observer in
      try Trainer(
        try network(configuration.seed), data, preprocessing: preprocessing, configuration: configuration,
        output: output, observer: observer)
    }
  }

  /// The recipe of one run.
  /// - Parameters:
  ///   - epochs: the plan's.
  ///   - seed: of the run.
  func configured(epochs: Int, seed: UInt64) -> TrainingConfiguration {
    var result = configuration
    result.epochs = max(1, Int((Double(epochs) * epochFactor).rounded()))
    result.seed = seed
    return result
  }
}
