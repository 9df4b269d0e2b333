import Datasets
import Foundation
import Images
import Models

extension Trainer where Task == ClassificationTask {
  /// A trainer of a classifier; checks that everything fits together, and writes nothing yet.
  /// - Parameters:
  ///   - network: its weights are where training begins, unless the run is resumed.
  ///   - data: what it is trained on, and what it is measured on after every epoch.
  ///   - preprocessing: of both parts.
  ///   - configuration: what decides the run's numbers.
  ///   - output: the run's folder; nil keeps nothing.
  ///   - observer: is told how it goes; held weakly.
  /// - Throws: ``TrainingError``, `NetworkError`, and what reading the first picture throws.
  public convenience init(
    _ network: Network, _ data: DataSource<Int>, preprocessing: Preprocessing,
    configuration: TrainingConfiguration, output: URL? = nil, observer: (any TrainingObserver)? = nil
  ) throws {
    let task = ClassificationTask(
      classNames: data.train.classNames, labelSmoothing: Float(configuration.labelSmoothing),
      auxiliaryWeight: Float(configuration.auxiliaryWeight),
      classWeights: try configuration.classWeights?.weights(ofClassesWith: data.train.pictureCounts()),
      focalGamma: configuration.focalGamma.map { Float($0) })
    try self.init(
      network, data, task: task, preprocessing: preprocessing, configuration: configuration, output: output,
      observer: observer)
  }
}

extension Dataset<Int> {
  /// How many pictures each class has, in the order of the classes.
  /// - Throws: what reading a target throws.
  func pictureCounts() throws -> [Int] {
    var counts = [Int](repeating: 0, count: classNames.count)
    for index in 0..<count {
      let label = try target(at: index)
      if counts.indices ~= label { counts[label] += 1 }
    }
    return counts
  }
}
