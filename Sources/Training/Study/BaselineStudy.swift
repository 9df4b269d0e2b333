import Datasets
import Engine
import Foundation
import Images
import Models

/// What networks changed: features made by hand with a linear support vector machine, as until 2011, against networks that are
/// trained on the same pictures, and a network's features of other pictures under the same machine.
public struct BaselineStudy: Study {
  public let name = "baseline"
  public let usesWeights = true
  public let question =
    "How much better than features made by hand with a linear SVM are convolutional networks on the same pictures?"

  /// What is trained from random weights, by name; nil is AlexNet and a ResNet that suits the pictures.
  public var networks: [String]?
  /// What is compared with them.
  public var methods = ClassicalMethod.allCases
  /// How exactly.
  public var options = ClassicalOptions()
  /// Epochs of each network, where the budget allows.
  public var epochs = 60

  /// Of small pictures, the least side that descriptors are taken from; smaller ones are enlarged.
  static let leastSide = 64
  /// What features made by hand see of photographs, at least, whatever networks see: of few pixels there are few descriptors, and
  /// they would lose by that alone.
  static let described = 128

  /// As the review has it.
  public init() {}

  public func run(_ context: StudyContext) throws -> StudyResult {
    let pictures = try StudyPictures(context.data)
    let asked = context.options.size
    let usual = try Registry.card(named: pictures.usualNetwork(asked, photographs: StudyPictures.detailed))
    let cards =
      try networks?.map { try Registry.card(named: $0) } ?? [Registry.card(named: "alexnet"), usual]
    let sides = cards.map { pictures.side(asked, for: $0, photographs: StudyPictures.detailed) }
    let seen = try sight(of: pictures, like: usual, side: sides.last ?? asked)
    var rows = try classical(context, seen)
    let firstNetwork = rows.count
    // As in the papers, SGD with momentum.
    let (plan, found) = try context.train(
      try zip(cards, sides).map { try pictures.training($0.name, $0, side: $1, optimizer: .sgd) },
      wish: epochs
    ) { rows.reduce(0) { $0 + $1.seconds * Double($1.evaluations.count) } }
    for (card, runs) in zip(cards, try found.refusingDivergence()) {
      rows.append(try BaselineRow(pictures.network(card, seed: 0), runs))
    }
    let firstProbe = rows.count
    for weights in try FoundWeights.all(in: context.options.weights) {
      rows.append(try probe(weights, context))
    }
    var result = result(
      context, made: Array(rows[..<firstNetwork]), trained: Array(rows[firstNetwork..<firstProbe]),
      probed: Array(rows[firstProbe...]))
    result.paragraphs.append(
      "\(plan.sentence) \(StudyPictures.sentence(zip(cards, sides).map { ($0.name, $1) })) "
        + "Features made by hand are taken of them \(seen.outputShape.map { "at \($0[1])×\($0[0])" } ?? "as they are")."
    )
    return result
  }

  // MARK: What is measured

  /// Of a budget, what features made by hand may take where they are made with more seeds than one.
  private static let classicalShare = 1.0 / 3

  /// By method, each with all seeds, or with those that fit into their share of the budget, at least one.
  private func classical(_ context: StudyContext, _ preprocessing: Preprocessing) throws -> [BaselineRow] {
    func rows(_ seed: UInt64) throws -> [BaselineRow] {
      try methods.map { try classical($0, seed: seed, context, preprocessing) }
    }
    let seeds = context.options.seeds
    var found = [try rows(seeds[0])]
    let seconds = found[0].reduce(0) { $0 + $1.seconds }
    let fitting =
      context.options.epochs == nil
      ? Int(min(Self.classicalShare * context.options.budget / max(seconds, 1e-3), 1e6)) : seeds.count
    for seed in seeds.dropFirst().prefix(max(0, fitting - 1)) { found.append(try rows(seed)) }
    return methods.indices.map { method in BaselineRow(ofSeeds: found.map { $0[method] }) }
  }

  private func classical(
    _ method: ClassicalMethod, seed: UInt64, _ context: StudyContext, _ preprocessing: Preprocessing
  ) throws -> BaselineRow {
    var options = options
    options.seed = seed
    let conditions = JSON.encoded(options) + JSON.encoded(preprocessing)
    return try context.remembered(
      "\(method.rawValue)-seed-\(seed)", under: String(decoding: conditions, as: UTF8.self),
      holdsTimes: true
    ) {
      context.say("\(method.name), seed \(seed): describing and learning")
      let classifier = try ClassicalClassifier(
        method, options, training: context.data.train, preprocessing: preprocessing)
      return BaselineRow(
        method: method.name, features: classifier.width, seconds: classifier.seconds,
        parameters: classifier.machines.machines.count * (classifier.width + 1),
        evaluations: [try classifier.evaluate(context.data.validation)])
    }
  }

  /// What features made by hand see: photographs at ``described`` or more, small pictures as the last network sees them, enlarged
  /// where they hold no descriptors.
  private func sight(of pictures: StudyPictures, like card: NetworkCard, side: Int?) throws -> Preprocessing {
    let side = pictures.areSmall ? side : max(side ?? 0, Self.described)
    var result = try pictures.preprocessing(for: card, side: side)
    let first = result.prepared(try pictures.data.train.example(at: 0).image)
    let least = min(first.width, first.height)
    guard least < Self.leastSide else { return result }
    let scale = Double(Self.leastSide) / Double(least)
    result.crop = nil
    result.resize = .exact(
      width: Int((Double(first.width) * scale).rounded()),
      height: Int((Double(first.height) * scale).rounded()))
    return result
  }

  /// The machines of all seeds on what a network with published weights gives to its own classifier.
  private func probe(_ weights: FoundWeights, _ context: StudyContext) throws -> BaselineRow {
    let trained = try weights.load()
    let seeds = context.options.seeds
    let settings = JSON.encoded(options) + JSON.encoded(seeds)
    let conditions = trained.identity + String(decoding: settings, as: UTF8.self)
    return try context.remembered("probe-\(weights.network)", under: conditions, holdsTimes: true) {
      context.say("\(weights.network): features of published weights")
      let start = ContinuousClock.now
      let training = try embeddings(trained, context.data.train)
      let described = ContinuousClock.now - start
      let measured = try embeddings(trained, context.data.validation)
      return BaselineRow(
        ofSeeds: seeds.map { seed in
          let start = ContinuousClock.now
          let machines = OneAgainstRest.choosingCost(
            training.features, labels: training.labels, classes: context.data.train.classNames.count,
            costs: options.costs, seed: seed,
            LinearSVM.Options(tolerance: options.tolerance, maximumPasses: options.passes, seed: seed)
          ).classifier
          return BaselineRow(
            method: "\(weights.network), published weights, linear SVM", features: training.features.shape[1],
            seconds: (described + (ContinuousClock.now - start)) / .seconds(1),
            parameters: machines.machines.count * (training.features.shape[1] + 1),
            evaluations: [
              ClassicalClassifier.evaluation(
                machines, measured.features, measured.labels, classNames: context.data.validation.classNames)
            ])
        })
    }
  }

  /// Rows of norm 1, so that one range of costs suits all networks.
  private func embeddings(
    _ trained: TrainedNetwork, _ dataset: any Dataset<Int>
  ) throws -> (features: Tensor, labels: [Int]) {
    var (rows, labels, width) = ([Float](), [Int](), 0)
    for result in DataLoader(dataset, preprocessing: trained.preprocessing, batchSize: 32).epoch(0) {
      let batch = try result.get()
      let features = try trained.network.embeddings(of: batch.images)
      width = features.shape[1]
      features.forEachRow { _, row in
        let norm = max(row.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
        rows += row.map { $0 / norm }
      }
      labels += batch.labels
    }
    return (Tensor(rows, shape: [labels.count, width]), labels)
  }
}

/// A way to recognize pictures, and how it did.
struct BaselineRow: Codable {
  let method: String
  /// How many numbers describe a picture where classes are told apart.
  let features: Int
  /// What learning took, of each seed the mean.
  let seconds: Double
  let parameters: Int
  /// By seed.
  let evaluations: [Evaluation]

  init(method: String, features: Int, seconds: Double, parameters: Int, evaluations: [Evaluation]) {
    (self.method, self.features, self.seconds) = (method, features, seconds)
    (self.parameters, self.evaluations) = (parameters, evaluations)
  }

  /// One way with several seeds.
  /// - Parameter rows: at least one.
  init(ofSeeds rows: [BaselineRow]) {
    self.init(
      method: rows[0].method, features: rows[0].features,
      seconds: rows.reduce(0) { $0 + $1.seconds } / Double(rows.count), parameters: rows[0].parameters,
      evaluations: rows.flatMap(\.evaluations))
  }

  /// - Throws: ``TrainingError/unreadable(file:reason:)``, ``TrainingError/malformed(file:reason:)``.
  init(_ network: Network, _ runs: [StudyRun]) throws {
    self.init(
      method: "\(network.card.name), trained on these pictures", features: network.embeddingWidth,
      seconds: runs.reduce(0) { $0 + $1.seconds } / Double(max(runs.count, 1)),
      parameters: network.store.parameterCount, evaluations: try runs.map { try $0.evaluation() })
  }

  /// By seed.
  var errors: [Double] { evaluations.map { 1 - $0.top1 } }
  /// The mean over the seeds.
  var error: Double { errors.reduce(0, +) / Double(max(errors.count, 1)) }

  /// By seed; none of a class without pictures.
  func errors(of label: Int) -> [Double] { evaluations.compactMap { $0.perClass[label].map { 1 - $0 } } }
}

extension Network {
  /// How many numbers its last linear layer, or convolution, takes of a picture.
  var embeddingWidth: Int {
    guard let last = store.all.last(where: { $0.shape.rank > 1 }) else { return 0 }
    return last.shape.rank == 2 ? last.shape[1] : last.shape[2]
  }
}
