import Colonnade
import Foundation

/// What `train` does where the network is a detector: the data, the recipe and the beginning.
extension TrainCommand {
  /// - Parameters:
  ///   - card: the detector.
  ///   - earlier: the run that is resumed.
  ///   - output: the run's folder; nil keeps nothing.
  func detectorRun(
    _ card: DetectorCard, _ earlier: RunDescription?, _ output: URL?, _ display: TrainingDisplay
  ) throws -> any TrainingRun {
    try refuseClassifiersOptions(card.name)
    let givenForSteps = recipe.givenForSteps + refinements.given + loop.given
    if card.regions != nil, !givenForSteps.isEmpty {
      throw Failure(
        .usage, "\(givenForSteps.joined(separator: ", ")): \(card.name) is trained in one go, without steps")
    }
    var training = DetectionTraining(card)
    let configuration = try recipe.configuration(
      earlier?.configuration, refinements, own: training.recipe())
    let source = try detectionData(card, seed: configuration.seed, earlier)
    DataArguments.say(source.findings)
    let run: any TrainingRun
    if let earlier, let output {
      try refuseOthers(than: earlier, card)
      run = try training.resume(
        earlier, on: source, configuration: configuration, output: output, observer: display,
        progress: display.show)
      display.resumes(earlier.configuration, as: configuration)
    } else {
      (training.size, training.weights, training.key) = (start.size, start.weights, start.key)
      training.lambda = detectorArguments.lambda
      training.anchors = detectorArguments.anchors?.anchors ?? .automatic
      let begun = try training.begin(
        on: source, configuration: configuration, output: output, observer: display,
        progress: display.show)
      say(begun)
      run = begun.run
    }
    display.announce(run.card, data: source.name, attribution: source.attribution)
    if card.regions != nil { display.printAnnouncement() }
    return run
  }

  /// Annotated pictures, and one clear line where they are others.
  private func detectionData(
    _ card: DetectorCard, seed: UInt64, _ earlier: RunDescription?
  ) throws -> DataSource<[LabelledBox]> {
    let options = partArguments.applied(
      to: dataArguments.options(pictureArguments, seed: seed, earlier: earlier?.dataOptions))
    try GivenAgain.check(options, earlier)
    do {
      return try DetectionSource(data, options).dataSource(options)
    } catch let error as DatasetError {
      switch error {
      case .unknownDetectionLayout, .unreadable:
        guard (try? DataSource<Int>.pictures(of: .train, in: data)) != nil else { throw error }
        throw Failure(
          .usage,
          "\(data): pictures of one class each, without boxes; \(card.name) is a detector and needs boxes")
      default: throw error
      }
    }
  }

  /// Refuses what the run to resume has otherwise.
  private func refuseOthers(than earlier: RunDescription, _ card: DetectorCard) throws {
    // What is trained in one go is not resumed at all.
    guard earlier.hasEpochs else { return }
    var again = GivenAgain()
    try again.compare(weights: start.weights, key: start.key, with: earlier)
    start.compareSize(with: earlier.card, &again)
    let details = earlier.card.detector
    again.compare(
      "--lambda", detectorArguments.lambda, with: details?.lambda, none: "the detector's own loss")
    func list(_ anchors: [YOLOHead.Anchor]) -> String {
      anchors.map { "\($0.width),\($0.height)" }.joined(separator: ",")
    }
    switch detectorArguments.anchors?.anchors {
    case .given(let anchors): again.compare("--anchors", anchors, with: details?.anchors, list)
    case .own:
      let request = DetectorRequest(classes: earlier.card.classNames)
      let own = (try card.detector(request) as? any TrainableDetector)?.anchors
      if let run = details?.anchors, run != own { again.refuse("--anchors own", "the run has \(list(run))") }
    // What they come to is the run's.
    case .automatic, nil: break
    }
    try again.check()
  }

  private func refuseClassifiersOptions(_ name: String) throws {
    let given =
      [
        ("--classes", start.classes != nil), ("--auxiliary", start.auxiliary),
        ("--resize, --crop, --mean, --std", start.preprocessing.isGiven),
      ].filter(\.1).map(\.0) + loadingArguments.given + classifierRecipe.given
    guard given.isEmpty else {
      throw Failure(.usage, "\(given.joined(separator: ", ")): of classifiers; \(name) is a detector")
    }
  }

  /// What was found on the way to the beginning.
  private func say(_ begun: DetectionTraining.Beginning) {
    if let found = begun.clustering {
      let sides = found.anchors.map { "\(fixed(Double($0.width), 0))×\(fixed(Double($0.height), 0))" }
      Diagnostics.note(
        "anchors of the training boxes, \(percent(found.meanOverlap, 1)) overlap: \(sides.joined(separator: ", "))"
      )
    }
    guard let weights = begun.weights, let path = start.weights else { return }
    Diagnostics.note(of: path, weights.notes)
    switch weights.source {
    case .trunk(let network):
      let unused = weights.unused > 0 ? "; \(counted(weights.unused, "tensor")) of it not used" : ""
      Diagnostics.note(
        "\(path): the weights of \(network), for the trunk; all else is trained afresh\(unused)")
    case .detector: start.say(weights.chosenRows, weights.notLoaded, path, begun.run.card.classes)
    }
  }
}
