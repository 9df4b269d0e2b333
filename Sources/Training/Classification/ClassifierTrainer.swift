import Datasets
import Engine
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
    var task = ClassificationTask(
      classNames: data.train.classNames, labelSmoothing: Float(configuration.labelSmoothing),
      auxiliaryWeight: Float(configuration.auxiliaryWeight),
      classWeights: try configuration.classWeights?.weights(ofClassesWith: data.train.pictureCounts()),
      focalGamma: configuration.focalGamma.map { Float($0) })
    let isProbe = configuration.linearProbe == true
    let cache = isProbe ? try FeatureCache.ofProbe(network, data, preprocessing, configuration, output) : nil
    task.features = cache?.head()
    try self.init(
      network, data, task: task, preprocessing: preprocessing, configuration: configuration, output: output,
      observer: observer)
    // A report can do without where pictures would have to be read for it.
    if output != nil, data.train.knowsTargets { description.classPictures = try? data.train.pictureCounts() }
    features = cache?.sources(
      training: loaders.full,
      validation: DataLoader(
        data.validation, preprocessing: preprocessing, batchSize: configuration.batchSize))
  }
}

extension FeatureCache {
  /// Freezes all of a network but its classifier.
  /// - Throws: ``TrainingError``, and what the network's checks and reading the first picture throw.
  fileprivate static func ofProbe(
    _ network: Network, _ data: DataSource<Int>, _ preprocessing: Preprocessing,
    _ configuration: TrainingConfiguration, _ output: URL?
  ) throws -> FeatureCache {
    try configuration.check()
    guard !network.options.auxiliary else {
      throw TrainingError.invalidConfiguration("a linear probe of a network with auxiliary heads")
    }
    for (name, part) in [("training", data.train), ("validation", data.validation)] where part.count == 0 {
      throw TrainingError.noPictures(set: name)
    }
    let first = preprocessing.prepared(try data.train.example(at: 0).image)
    let size = Shape([1, first.height, first.width, first.channels])
    try network.check(size)
    let trained = Set(try network.parts().headKeys)
    for weight in network.store.all where weight.role == .weight {
      weight.isTrainable = trained.contains(weight.name)
    }
    return try FeatureCache(
      network, data, preprocessing, size: size, batchSize: configuration.batchSize,
      in: output.map { RunDirectory($0) })
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
