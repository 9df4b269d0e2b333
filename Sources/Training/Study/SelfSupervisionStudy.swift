import Datasets
import Engine
import Foundation
import Images
import Models

/// What a trunk learns without labels: a linear classifier on features of trunks trained by rotation and by SimCLR, against
/// random and supervised ones, at several numbers of labels.
public struct SelfSupervisionStudy: Study {
  public let name = "selfsupervision"
  public let question = "What does a network learn of pictures without labels?"

  /// Of the training pictures of each class.
  static let shares = [0.02, 0.1, 0.25, 1]
  /// Epochs of each trunk, without a budget.
  private static let wish = 40
  /// Of each probe, at most: an epoch takes a moment.
  private static let probeEpochs = 60

  /// Ready to answer.
  public init() {}

  /// A trunk whose features are looked at.
  private struct Trunk {
    let name: String
    /// Nil for random weights, other ones with each seed.
    var weights: URL?
  }

  /// Whose trunk learns, and how it sees pictures.
  private struct Trained {
    let pictures: StudyPictures
    let card: NetworkCard
    let preprocessing: Preprocessing

    init(_ context: StudyContext) throws {
      pictures = try StudyPictures(context.data)
      card = try Registry.card(
        named: pictures.usualNetwork(context.options.size, photographs: StudyPictures.detailed))
      // Random pieces of a fifth of a photograph must still show what it is of.
      let side = pictures.side(
        context.options.size, for: card, photographs: StudyPictures.detailed)
      preprocessing = try pictures.preprocessing(for: card, side: side)
    }
  }

  public func run(_ context: StudyContext) throws -> StudyResult {
    let suited = try Trained(context)
    let methods = PretrainingMethod.allCases
    let supervised = StudyTraining(
      "supervised", on: context.data, preprocessing: suited.preprocessing,
      configuration: suited.pictures.recipe(for: suited.card)
    ) { try suited.pictures.network(suited.card, seed: $0) }
    let trainings = methods.map { Self.pretraining($0, suited, context.data) } + [supervised]
    // Each trunk is trained once: seeds are of the probes.
    let (plan, found) = try context.train(trainings, wish: Self.wish, seeds: [0], keepsWeights: true) {
      context.say("timing linear probes")
      return try Self.probesSeconds(suited, context, trunks: trainings.count + 1)
    }
    let runs = try found.refusingDivergence().map { $0[0] }
    // The last epoch's of all alike: a best one would be chosen by the pictures that are measured, and of some by their labels.
    let trunks =
      [Trunk(name: "random")]
      + zip(trainings, runs).map { Trunk(name: $0.name, weights: $1.directory.last) }
    var rows: [[StudyTable.Cell]] = []
    var series: [StudyFigure.Series] = []
    for trunk in trunks {
      var points: [StudyFigure.Point] = []
      for share in Self.shares {
        context.say("linear probes of \(trunk.name), \(Int((100 * share).rounded())) % of the labels")
        var (accuracies, pictures) = ([Double](), 0)
        for seed in context.options.seeds {
          let data = try context.data.labelled(share: share, seed: seed)
          pictures = data.train.count
          accuracies.append(try Self.accuracy(trunk, suited, data, share: share, seed: seed, context))
        }
        points.append(StudyFigure.Point(x: Double(pictures), values: accuracies))
        rows.append([.text(trunk.name), .number(share), .number(Double(pictures)), .of(accuracies)])
      }
      series.append(StudyFigure.Series(trunk.name, points))
    }
    return result(context, suited, plan, runs, rows: rows, series: series)
  }

  // MARK: Trunks

  private static func pretraining(
    _ method: PretrainingMethod, _ suited: Trained, _ data: DataSource<Int>
  ) -> StudyTraining {
    var configuration = method.configuration(for: suited.card)
    configuration.augmentation = suited.pictures.views(for: method)
    configuration.batchSize = max(4, min(configuration.batchSize, data.train.count / 4))
    return StudyTraining(method.rawValue, configuration: configuration) { configuration, output, observer in
      try method.run(
        of: suited.card, on: data, preprocessing: suited.preprocessing, configuration: configuration,
        output: output, observer: observer)
    }
  }

  // MARK: Probes

  /// A linear classifier on the trunk's features.
  private static func probe(
    _ trunk: Trunk, _ suited: Trained, _ data: DataSource<Int>, seed: UInt64, _ context: StudyContext
  ) throws -> Trainer<ClassificationTask> {
    var configuration = TrainingConfiguration()
    configuration.linearProbe = true
    configuration.epochs = context.options.epochs.map { min(2 * $0, probeEpochs) } ?? probeEpochs
    configuration.batchSize = max(4, min(64, data.train.count / 8))
    configuration.weightDecay = 0
    configuration.seed = seed
    let network = try suited.pictures.network(suited.card, seed: seed)
    if let weights = trunk.weights {
      _ = try PretrainedWeights.loadTrunk(of: WeightFile(path: weights.path), into: network)
    }
    return try Trainer(
      network, data, preprocessing: suited.preprocessing, configuration: configuration,
      observer: context.observer)
  }

  /// What all probes will take: those of one trunk are as long as those of another.
  private static func probesSeconds(
    _ suited: Trained, _ context: StudyContext, trunks: Int
  ) throws -> Double {
    let seed = context.options.seeds[0]
    let seconds = try shares.reduce(0.0) { sum, share in
      let data = try context.data.labelled(share: share, seed: seed)
      let probe = try probe(Trunk(name: "random"), suited, data, seed: seed, context)
      return sum + (try probe.measuredCost().seconds(epochs: probe.configuration.epochs))
    }
    return seconds * Double(trunks * context.options.seeds.count)
  }

  /// After a probe's last epoch; remembered by what its features and its training depend on.
  private static func accuracy(
    _ trunk: Trunk, _ suited: Trained, _ data: DataSource<Int>, share: Double, seed: UInt64,
    _ context: StudyContext
  ) throws -> Double {
    let probe = try probe(trunk, suited, data, seed: seed, context)
    let features = try FeatureKey(data, probe.network.parts().trunk, suited.preprocessing, [])
    let recipe = [JSON.encoded(features), JSON.encoded(probe.configuration)]
    return try context.remembered(
      "probe-\(trunk.name)-\(Int((100 * share).rounded()))-\(seed)",
      under: recipe.map { content in content.withUnsafeBytes { SHA256.digest($0) } }.joined()
    ) { try probe.run().last?.validationAccuracy ?? .nan }
  }

  private static func changes(_ pictures: StudyPictures) -> String {
    PretrainingMethod.allCases.map { "of \($0.rawValue) \(pictures.views(for: $0))" }
      .joined(separator: ", ")
  }

  private func result(
    _ context: StudyContext, _ suited: Trained, _ plan: EpochPlan, _ runs: [StudyRun],
    rows: [[StudyTable.Cell]], series: [StudyFigure.Series]
  ) -> StudyResult {
    var result = StudyResult(of: self)
    let seen = suited.preprocessing.outputShape.map { "at \($0[0])×\($0[1])" } ?? "as they are"
    func percent(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }
    let supervised = runs[runs.count - 1].records.last?.validationAccuracy ?? .nan
    let (few, all) = (Int((100 * Self.shares[0]).rounded()), Self.shares.count - 1)
    let parts = series.map { "\($0.name) \(percent($0.points[0].y)) and \(percent($0.points[all].y))" }
    result.paragraphs = [
      "The trunk of \(suited.card.name) was trained on \(counted(context.data.train.count, "picture")), seen \(seen), without "
        + "labels by rotation and by SimCLR, and with all labels (\(percent(supervised)) accuracy of the whole network); a random "
        + "one was not trained. Then a linear classifier was trained on what each makes of the pictures. Trunks and classifiers "
        + "are those after the last epoch. \(plan.sentence)",
      "Accuracy with \(few) % and with all of the labels: \(parts.joined(separator: "; ")).",
    ]
    result.tables = [
      StudyTable(
        "Linear classifiers on features of \(suited.card.name)",
        columns: [
          .init("trunk", .text), .init("labels", .share), .init("pictures", .count),
          .init("accuracy", .share),
        ], rows: rows,
        note:
          "Mean and deviation over seeds, which decide the pictures with a label and the classifier's first weights; each trunk "
          + "was trained once, the random one with every seed.")
    ]
    var figure = StudyFigure(
      "Accuracy of a linear classifier against labels", xTitle: "training pictures with a label",
      unit: .share,
      series: series)
    figure.spansDecades = true
    result.figures = [figure]
    result.differences = [
      "Chen et al. train for 100 to 1,000 epochs of ImageNet's 1.28 million pictures in batches of 256 to 8,192; Gidaris et al. "
        + "on ImageNet too. Here are a few thousand pictures and small batches.",
      "The supervised trunk has seen every label, also where its classifier is given few.",
      "Pictures without labels are changed by what suits them: \(Self.changes(suited.pictures)).",
    ]
    result.attribution = context.data.attribution
    return result
  }
}
