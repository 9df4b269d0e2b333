import Datasets
import Engine
import Foundation
import Images
import Models

/// How a network learns from pictures without labels.
public enum PretrainingMethod: String, Codable, CaseIterable, Sendable {
  /// See ``RotationTask``.
  case rotation
  /// See ``SimCLRTask``.
  case simclr

  /// The papers' changes of photographs: of SimCLR random pieces, colours of strength 1, greys and blur.
  public var augmentation: AugmentationRecipe {
    switch self {
    case .rotation: Self.recipe("resized-crop:0.2,flip")
    case .simclr: Self.recipe("resized-crop,flip,color:0.8:0.8:0.8:0.2:0.8,grey:0.2,blur:0.5")
    }
  }

  /// How a network is trained where nothing is said: as its family wants it from random weights, in batches for one machine.
  /// - Parameters:
  ///   - card: the network.
  ///   - optimizer: what moves the weights, at a learning rate that suits it; nil is the family's own.
  public func configuration(
    for card: NetworkCard, optimizer: TrainingConfiguration.OptimizerKind? = nil
  ) -> TrainingConfiguration {
    var result = TrainingConfiguration.suited(to: card, optimizer: optimizer)
    result.epochs = 50
    result.augmentation = augmentation
    if self == .simclr { (result.batchSize, result.weightDecay, result.warmUpEpochs) = (128, 1e-4, 1) }
    return result
  }

  private static func recipe(_ text: String) -> AugmentationRecipe {
    guard let recipe = try? AugmentationRecipe(text) else {
      preconditionFailure("PretrainingMethod: \(text)")
    }
    return recipe
  }

  /// A run on pictures whose classes are not looked at; checks that everything fits together, and writes nothing yet. Its weight
  /// files are what ``PretrainedWeights`` takes the trunk from.
  /// - Parameters:
  ///   - card: the network.
  ///   - data: what it is trained on, and what its loss is measured on after every epoch.
  ///   - preprocessing: as the network will see pictures afterwards; must make them squares of one size.
  ///   - configuration: what decides the run's numbers; its seed is of the initial weights too.
  ///   - temperature: τ of SimCLR's loss.
  ///   - output: the run's folder; nil keeps nothing.
  ///   - observer: is told how it goes; held weakly.
  /// - Throws: ``TrainingError``, `NetworkError`, and what reading the first picture throws.
  public func run(
    of card: NetworkCard, on data: DataSource<Int>, preprocessing: Preprocessing,
    configuration: TrainingConfiguration, temperature: Float = 0.5, output: URL? = nil,
    observer: (any TrainingObserver)? = nil
  ) throws -> any TrainingRun {
    try configuration.check()
    guard configuration.linearProbe != true else {
      throw TrainingError.invalidConfiguration("a linear probe of pictures without labels")
    }
    guard data.train.count > 0 else { throw TrainingError.noPictures(set: "training") }
    let first = preprocessing.prepared(try data.train.example(at: 0).image)
    guard first.width == first.height else {
      throw TrainingError.invalidConfiguration("pretraining needs square pictures, not \(first.size)")
    }
    func unlabelled(_ train: UnlabelledPictures, _ validation: UnlabelledPictures) -> DataSource<OtherView> {
      DataSource(
        name: data.name, train: train, validation: validation, attribution: data.attribution,
        options: data.options)
    }
    switch self {
    case .rotation:
      let names = RotationTask.classNames
      let network = try Network(
        card, classes: names.count, inputChannels: first.channels, seed: configuration.seed)
      return try Trainer(
        network,
        unlabelled(
          UnlabelledPictures(data.train, classNames: names),
          UnlabelledPictures(data.validation, classNames: names)),
        task: RotationTask(), preprocessing: preprocessing, configuration: configuration, output: output,
        observer: observer)
    case .simclr:
      guard min(configuration.batchSize, data.train.count) > 1 else {
        throw TrainingError.invalidConfiguration(
          "simclr in batches of 1 picture: there is no other one to tell its views from")
      }
      let network = try ContrastiveNetwork(card, inputChannels: first.channels, seed: configuration.seed)
      let views = try ViewRecipe(
        configuration.augmentation, of: data.train, preprocessing, side: first.width)
      guard data.validation.count != 1 else {
        throw TrainingError.invalidConfiguration(
          "simclr with 1 picture to validate by: there is no other one to tell its views from; --validation-share splits "
            + "more off")
      }
      let measured = RandomStream(seed: configuration.seed).split("validation view")
      return try Trainer(
        network,
        unlabelled(
          UnlabelledPictures(data.train),
          UnlabelledPictures(data.validation) { views.view(of: $0, measured.split($1)) }),
        task: SimCLRTask(temperature: temperature, preprocessing: preprocessing),
        preprocessing: preprocessing, steps: [views.step], configuration: configuration, output: output,
        observer: observer)
    }
  }
}

extension WeightCard {
  /// Whether the weights were trained on pictures without labels: their trunk is of use, and nothing else of them.
  public var isPretrained: Bool { PretrainingMethod.allCases.contains { $0.rawValue == task } }
}

extension PretrainedWeights {
  /// Loads all but the classifier, which keeps its first values.
  static func loadTrunk(of file: WeightFile, into network: Network) throws -> PretrainedWeights {
    let head = try network.parts().headKeys
    let kept = head + network.card.auxiliaryKeys
    let wanted = Set(network.store.all.map(\.name).filter { !Glob.matches(kept, $0) })
    try network.store.load(
      file, ignoring: file.keys.filter { !wanted.contains($0) }, allowingMissing: kept)
    return PretrainedWeights(chosenRows: [], notLoaded: head, notes: file.notes)
  }
}
