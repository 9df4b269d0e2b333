import Datasets
import Engine
import Foundation
import Images
import Models

/// What an imbalanced training set does to rare classes, and what helps: the training set is made a long tail, and a network
/// learns from it with nothing against that, with class weights, with balanced sampling and with the focal loss. Where the data
/// name groups, it is told how well each group is recognized.
public struct BiasStudy: Study {
  public let name = "bias"
  public let question =
    "How much worse are rare classes recognized, and do class weights, balanced sampling or the focal loss help them?"

  /// Pictures of the most frequent class to those of the rarest.
  public var ratio = 50.0
  /// What is trained, by name; nil is a ResNet that suits the pictures.
  public var network: String?
  /// Epochs of each run, where the budget allows.
  public var epochs = 40

  /// As it is asked.
  public init() {}

  /// A way to train on imbalanced pictures.
  enum Remedy: String, CaseIterable {
    case nothing, classWeights = "class-weights", sampling = "balanced-sampling", focal = "focal-loss"

    /// In words.
    var title: String {
      switch self {
      case .nothing: "nothing"
      case .classWeights: "class weights"
      case .sampling: "balanced sampling"
      case .focal: "focal loss"
      }
    }

    func apply(to configuration: inout TrainingConfiguration) {
      switch self {
      case .nothing: break
      case .classWeights: configuration.classWeights = .balanced
      case .sampling: configuration.sampling = .balanced
      case .focal: configuration.focalGamma = 2
      }
    }
  }

  /// What came of a remedy, by seed.
  struct Outcome {
    let remedy: Remedy
    let evaluations: [Evaluation]
    let frequencies: [ClassFrequency]
    /// Nothing where the data name no groups.
    let groups: [[GroupAccuracy]]
  }

  public func run(_ context: StudyContext) throws -> StudyResult {
    let whole = context.data
    // One tail for all seeds: a class is as rare in every run.
    let tail = try Subset(longTailOf: whole.train, ratio: ratio, seed: context.options.seeds.first ?? 0)
    let data = DataSource<Int>(
      name: "\(whole.name), a long tail of \(HTML.number(ratio)) to 1", train: tail,
      validation: whole.validation, attribution: whole.attribution, preprocessing: whole.preprocessing,
      options: whole.options)
    let counts = try ClassFrequency.counts(of: tail)
    let pictures = try StudyPictures(whole)
    let card = try Registry.card(named: network ?? pictures.usualNetwork(context.options.size))
    let side = pictures.side(context.options.size, for: card)
    let trainings = try Remedy.allCases.map { remedy in
      try pictures.training(remedy.rawValue, card, side: side, on: data) { remedy.apply(to: &$0) }
    }
    let hasGroups = (0..<data.validation.count).contains { data.validation.group(at: $0) != nil }
    let (plan, found) = try context.train(trainings, wish: epochs, keepsWeights: hasGroups)
    let runs = try found.refusingDivergence()
    let outcomes = try zip(Remedy.allCases, runs).map { remedy, runs in
      let evaluations = try runs.map { try $0.evaluation() }
      return Outcome(
        remedy: remedy, evaluations: evaluations,
        frequencies: evaluations.map { ClassFrequency($0, counts: counts, part: "train") },
        groups: hasGroups ? try runs.map { try groups($0, data.validation, context) } : [])
    }
    var result = result(context, network: card.name, counts: counts, outcomes)
    result.paragraphs.append("\(plan.sentence) \(StudyPictures.sentence([(card.name, side)]))")
    return result
  }

  private func groups(
    _ run: StudyRun, _ dataset: any Dataset<Int>, _ context: StudyContext
  ) throws -> [GroupAccuracy] {
    let name = "groups-" + run.name.replacingOccurrences(of: "/", with: "-")
    return try context.remembered(name, under: "\(run.records.count) epochs, \(dataset.count) pictures") {
      let trained = try TrainedNetwork(weights: run.directory.best.path)
      let scores = try ClassifierEvaluator(trained.network, preprocessing: trained.preprocessing)
        .evaluate(dataset)
      return GroupAccuracy.all(scores, on: dataset)
    }
  }
}
