import Datasets
import Engine
import Foundation
import Images
import Models

/// How networks do on pictures that are corrupted and covered: published weights that know the data's classes, or networks trained
/// on the data with and without augmentation.
public struct RobustnessStudy: Study {
  public let name = "robustness"
  public let usesWeights = true
  public let question =
    "How much do noise, blur, light, compression and covered parts cost, and which networks bear them?"

  /// What is trained where no published weights know the classes, by name; nil is what suits the pictures.
  public var networks: [String]?
  /// Epochs of each run, where the budget allows.
  public var epochs = 30
  /// How many pictures are measured, at most: as many of each class.
  public var pictures = 500

  /// As it is asked.
  public init() {}

  /// A network on corrupted and covered pictures, by seed.
  struct Outcome {
    /// As tables have it.
    let name: String
    /// In the registry.
    let network: String
    var robustness: [Robustness]
  }

  public func run(_ context: StudyContext) throws -> StudyResult {
    let validation = context.data.validation
    let perClass = max(pictures / max(validation.classNames.count, 1), 1)
    var measured = validation
    if validation.count > pictures { measured = try Subset(validation, perClass: perClass) }
    let found = try published(measured, context)
    let isPublished = !found.outcomes.isEmpty
    var outcomes = found.outcomes
    var sentence: String?
    if !isPublished { (sentence, outcomes) = try trained(measured, context) }
    let baseline = outcomes.first { $0.network == "alexnet" } ?? outcomes.first
    if let baseline {
      for place in outcomes.indices {
        // Of the same seed where both have it.
        outcomes[place].robustness = outcomes[place].robustness.enumerated().map { seed, robustness in
          robustness.relative(
            to: baseline.robustness.indices ~= seed ? baseline.robustness[seed] : baseline.robustness.first)
        }
      }
    }
    var result = result(
      context, outcomes, baseline: baseline, isPublished: isPublished, unusable: found.unusable,
      count: measured.count)
    if let sentence { result.paragraphs.append(sentence) }
    return result
  }

  // MARK: What is measured

  private func published(
    _ measured: any Dataset<Int>, _ context: StudyContext
  ) throws -> (outcomes: [Outcome], unusable: [String]) {
    var (outcomes, unusable) = ([Outcome](), [String]())
    for weights in try FoundWeights.all(in: context.options.weights) {
      let trained = try weights.load()
      let matched: any Dataset<Int>
      do { matched = try trained.matched(measured, name: context.data.name) } catch {
        unusable.append("\(weights.network): \(error)")
        continue
      }
      let robustness = try measure(weights.network, trained, on: matched, context)
      outcomes.append(
        Outcome(
          name: "\(weights.network), published weights", network: weights.network, robustness: [robustness]))
    }
    return (outcomes, unusable)
  }

  private func trained(
    _ measured: any Dataset<Int>, _ context: StudyContext
  ) throws -> (sentence: String, outcomes: [Outcome]) {
    let pictures = try StudyPictures(context.data)
    let usual = pictures.usualNetwork(context.options.size)
    let names = networks ?? (pictures.areSmall ? [] : ["alexnet"]) + [usual]
    var trainings: [StudyTraining] = []
    var titles: [(title: String, network: String)] = []
    var sides: [(name: String, side: Int?)] = []
    for card in try names.map({ try Registry.card(named: $0) }) {
      let side = pictures.side(context.options.size, for: card)
      sides.append((card.name, side))
      trainings += [
        try pictures.training("\(card.name)-plain", card, side: side) { $0.augmentation = .none },
        try pictures.training("\(card.name)-augmented", card, side: side),
      ]
      titles += ["no augmentation", "augmentation (\(pictures.augmentation))"].map {
        (title: "\(card.name), \($0)", network: card.name)
      }
    }
    let (plan, found) = try context.train(trainings, wish: epochs, keepsWeights: true)
    let trained = try found.refusingDivergence()
    let outcomes = try zip(titles, trained).map { title, runs in
      let robustness = try runs.map { run in
        try measure(
          run.name.replacingOccurrences(of: "/", with: "-"),
          try TrainedNetwork(weights: run.directory.best.path), on: measured, context)
      }
      return Outcome(name: title.title, network: title.network, robustness: robustness)
    }
    return ("\(plan.sentence) \(StudyPictures.sentence(sides))", outcomes)
  }

  private func measure(
    _ name: String, _ trained: TrainedNetwork, on dataset: any Dataset<Int>, _ context: StudyContext
  ) throws -> Robustness {
    try context.remembered("robustness-\(name)", under: "\(trained.identity), \(dataset.count) pictures") {
      context.say("\(name): \(RobustnessTest.passes) passes over \(dataset.count) pictures")
      let evaluator = ClassifierEvaluator(trained.network, preprocessing: trained.preprocessing)
      let clean = try evaluator.evaluate(dataset).evaluation
      return try RobustnessTest(evaluator).run(on: dataset, cleanError: 1 - clean.top1)
    }
  }
}
