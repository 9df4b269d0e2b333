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
  /// Of each trunk, where nothing was said.
  private static let wish = 40
  /// Of each probe, at most: an epoch takes a moment.
  private static let probeEpochs = 60

  /// Ready to answer.
  public init() {}

  /// A trunk whose features are looked at.
  private struct Trunk {
    let name: String
    /// Nil for random weights, other ones with each seed.
    let weights: URL?
  }

  public func run(_ context: StudyContext) throws -> StudyResult {
    let suited = try StudyNetwork(context)
    var seconds = 0.0
    var trunks = [Trunk(name: "random", weights: nil)]
    for method in PretrainingMethod.allCases {
      let (weights, taken) = try pretrain(method, suited, context)
      trunks.append(Trunk(name: method.rawValue, weights: weights))
      seconds += taken
    }
    var supervised = TrainingConfiguration.suited(to: suited.card)
    supervised.epochs = context.options.epochs ?? Self.wish
    supervised.augmentation = suited.augmentation
    let classes = context.data.train.classNames.count
    let labelled = try context.train(
      "supervised", Network(suited.card, classes: classes, inputChannels: suited.channels),
      preprocessing: suited.preprocessing, configuration: supervised)
    trunks.append(Trunk(name: "supervised", weights: labelled.directory.best))
    seconds += labelled.seconds

    var ledger = ProbeLedger(context.folder.appending(path: "probes.json"))
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
          accuracies.append(
            try probe(trunk, suited, data, seed: seed, context.options, &ledger, context.observer))
        }
        points.append(StudyFigure.Point(x: Double(pictures), values: accuracies))
        rows.append([.text(trunk.name), .number(share), .number(Double(pictures)), .of(accuracies)])
      }
      series.append(StudyFigure.Series(trunk.name, points))
    }
    return result(
      context, suited, labelled, epochs: supervised.epochs, rows: rows, series: series, seconds: seconds)
  }

  /// Goes on with what an earlier attempt left.
  private func pretrain(
    _ method: PretrainingMethod, _ suited: StudyNetwork, _ context: StudyContext
  ) throws -> (weights: URL, seconds: Double) {
    let directory = RunDirectory(context.folder.appending(path: method.rawValue))
    let begun = FileManager.default.fileExists(atPath: directory.checkpoint.path)
    if !begun { try? FileManager.default.removeItem(at: directory.url) }
    var configuration = method.configuration
    configuration.epochs = context.options.epochs ?? Self.wish
    configuration.batchSize = max(4, min(configuration.batchSize, context.data.train.count / 4))
    context.say(
      "\(method.rawValue): \(configuration.epochs) epochs\(begun ? ", going on with what is there" : "")")
    let run = try method.run(
      of: suited.card, on: context.data, preprocessing: suited.preprocessing, configuration: configuration,
      output: directory.url, observer: context.observer)
    let records = try run.run(resuming: begun, until: nil) { _ in }
    return (directory.last, records.reduce(0) { $0 + $1.seconds })
  }

  /// The accuracy of a classifier on the trunk's features.
  private func probe(
    _ trunk: Trunk, _ suited: StudyNetwork, _ data: DataSource<Int>, seed: UInt64, _ options: StudyOptions,
    _ ledger: inout ProbeLedger, _ observer: (any TrainingObserver)?
  ) throws -> Double {
    var configuration = TrainingConfiguration()
    configuration.linearProbe = true
    configuration.epochs = options.epochs.map { min(2 * $0, Self.probeEpochs) } ?? Self.probeEpochs
    configuration.batchSize = max(4, min(64, data.train.count / 8))
    configuration.weightDecay = 0
    configuration.seed = seed
    let network = try Network(
      suited.card, classes: data.train.classNames.count, inputChannels: suited.channels, seed: seed)
    if let weights = trunk.weights {
      _ = try PretrainedWeights.loadTrunk(of: WeightFile(path: weights.path), into: network)
    }
    return try ledger.accuracy(of: network, data, suited.preprocessing, configuration, observer)
  }

  private func result(
    _ context: StudyContext, _ suited: StudyNetwork, _ labelled: StudyRun, epochs: Int,
    rows: [[StudyTable.Cell]], series: [StudyFigure.Series], seconds: Double
  ) -> StudyResult {
    var result = StudyResult(of: self)
    let side = suited.preprocessing.outputShape.map { "\($0[0])" } ?? "their own"
    func percent(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }
    let (few, all) = (Int((100 * Self.shares[0]).rounded()), Self.shares.count - 1)
    let parts = series.map { "\($0.name) \(percent($0.points[0].y)) and \(percent($0.points[all].y))" }
    result.paragraphs = [
      "The trunk of \(suited.card.name) was trained on \(context.data.train.count) pictures of \(side) pixels for \(epochs) epochs, "
        + "without labels by rotation and by SimCLR, and with all labels (\(percent(labelled.best.validationAccuracy)) accuracy of "
        + "the whole network); a random one was not trained. Then a linear classifier was trained on what each makes of the "
        + "pictures.",
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
    ]
    result.attribution = context.data.attribution
    result.seconds = seconds
    return result
  }
}

/// What probes came to, kept in a file: those that were done are not done again.
private struct ProbeLedger {
  private let file: URL
  private var known: [String: Double]

  init(_ file: URL) {
    self.file = file
    known = (try? JSONDecoder().decode([String: Double].self, from: Data(contentsOf: file))) ?? [:]
  }

  /// The best accuracy of a linear probe.
  /// - Throws: ``TrainingError``, and what reading pictures throws.
  mutating func accuracy(
    of network: Network, _ data: DataSource<Int>, _ preprocessing: Preprocessing,
    _ configuration: TrainingConfiguration, _ observer: (any TrainingObserver)?
  ) throws -> Double {
    let features = try FeatureKey(data, network.parts().trunk, preprocessing, [])
    let recipe = [JSON.encoded(features), JSON.encoded(configuration)]
    let key = recipe.map { content in content.withUnsafeBytes { SHA256.digest($0) } }.joined()
    if let found = known[key] { return found }
    let trainer = try Trainer(
      network, data, preprocessing: preprocessing, configuration: configuration, observer: observer)
    let records = try trainer.run()
    let accuracy = (records.last(where: \.isBest) ?? records[records.count - 1]).validationAccuracy
    known[key] = accuracy
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try TrainingError.writing(JSON.encoded(known), to: file.path)
    return accuracy
  }
}
