import Colonnade
import Foundation

/// What `train` does where the network is a classifier: the data, the recipe and the beginning.
extension TrainCommand {
  /// - Parameters:
  ///   - earlier: the run that is resumed.
  ///   - output: the run's folder; nil keeps nothing.
  func classifierRun(
    _ earlier: RunDescription?, _ output: URL?, _ display: TrainingDisplay
  ) throws -> any TrainingRun {
    // An unknown name is refused where the network is made.
    let card = network.flatMap { try? Registry.card(named: $0) }
    let own = card.map {
      TrainingConfiguration.suited(
        to: $0, startsAfresh: start.weights == nil, isProbe: classifierRecipe.linearProbe,
        optimizer: recipe.optimizer)
    }
    let configuration = try recipe.configuration(
      earlier?.configuration, refinements, classifierRecipe, own: own ?? TrainingConfiguration())
    let givenForDetectors = detectorArguments.given + partArguments.given
    if !givenForDetectors.isEmpty {
      throw Failure(
        .usage, "\(givenForDetectors.joined(separator: ", ")): of detectors; the network is a classifier")
    }
    try DataArguments.refuseBoxes(data, for: network ?? earlier?.card.network)
    let options = dataArguments.options(
      pictureArguments, seed: configuration.seed, earlier: earlier?.dataOptions)
    try GivenAgain.check(options, earlier)
    let source = try DataSource<Int>.open(
      data, loadingArguments.applied(to: options, isResumed: earlier != nil))
    try loadingArguments.check(source.train, of: data)
    DataArguments.say(source.findings)
    let (plan, weights) = try MappedFile.once(start.weights) {
      let plan =
        try earlier.map { try start.resuming($0, network: network) }
        ?? start.beginning(network, source, seed: configuration.seed)
      return (plan, output == nil ? nil : try start.weights.map { try RunStart(weights: $0, key: start.key) })
    }
    if let earlier { display.resumes(earlier.configuration, as: configuration) }
    let trainer = try Trainer(
      plan.network, source, preprocessing: plan.preprocessing, configuration: configuration,
      output: output, observer: display)
    trainer.start = weights
    display.announce(trainer.card, data: source.name, attribution: source.attribution)
    return trainer
  }
}
