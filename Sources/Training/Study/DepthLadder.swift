import Datasets
import Engine
import Models

/// What training takes by depth: the review's four networks on the same pictures.
struct DepthLadder {
  /// By their layers with weights.
  static let networks = [("alexnet", 8), ("vgg16", 16), ("googlenet", 22), ("resnet50", 50)]
  /// Of the study's budget; the rest has runs of two families with all seeds.
  static let budgetShare = 1.0 / 3

  private let pictures: StudyPictures
  private let side: Int
  private let plan: EpochPlan
  private let rungs: [Rung]

  /// A network and its run.
  private struct Rung {
    let card: NetworkCard
    let layers: Int
    let totals: NetworkSummary.Totals
    let run: StudyRun
    /// Nil before the first epoch.
    let best: Double?
    let hasLearned: Bool

    /// Seconds of training until an epoch's accuracy was at least that.
    func time(to accuracy: Double) -> Double? {
      guard let end = run.records.firstIndex(where: { $0.validationAccuracy >= accuracy }) else { return nil }
      return run.records[...end].reduce(0) { $0 + $1.seconds }
    }
  }

  /// Trains them.
  init(_ context: StudyContext, _ pictures: StudyPictures) throws {
    let cards = try Self.networks.map { try Registry.card(named: $0.0) }
    let side = pictures.commonSide(context.options.size, for: cards)
    // Steps of one optimizer, so that times differ by the networks alone.
    let trainings = try cards.map { try pictures.training($0.name, $0, side: side, optimizer: .sgd) }
    let seed = Array(context.options.seeds.prefix(1))
    let (plan, found) = try context.train(
      trainings, group: "ladder", wish: 20, share: Self.budgetShare, seeds: seed)
    let counts = try ClassFrequency.counts(of: context.data.validation)
    // Who always names the most frequent class gets that far.
    let chance = Double(counts.max() ?? 0) / Double(context.data.validation.count)
    rungs = try zip(zip(cards, Self.networks), found).map { network, runs in
      let (run, best) = (runs[0], runs[0].records.map(\.validationAccuracy).max())
      return Rung(
        card: network.0, layers: network.1.1, totals: try pictures.totals(of: network.0, side: side),
        run: run, best: best,
        hasLearned: (best ?? 0) > chance
          && !run.records.allSatisfy { $0.isAtChance(ofClasses: pictures.classes) })
    }
    (self.pictures, self.side, self.plan) = (pictures, side, plan)
  }

  /// What the least of those that learned anything reached, in whole percents; nil where none did.
  private var target: Double? {
    rungs.compactMap { $0.hasLearned ? $0.best : nil }.min().map { ($0 * 100).rounded(.down) / 100 }
  }

  func add(to result: inout StudyResult) {
    result.paragraphs.append(
      "Training time against depth: the review's four networks at \(side)×\(side), one seed each. \(plan.sentence)"
    )
    result.tables.append(table)
    result.figures += figures
    result.differences.append(pictures.difference(side: side))
    result.differences.append(
      "The four networks differ in more than depth: in width, in parameters, and in what stands between the layers. They are "
        + "trained with one recipe a family, not with the papers'.")
  }

  private var table: StudyTable {
    let (target, wanted) = (target, target.map { StudyTable.Unit.share.text($0) })
    return StudyTable(
      "Training time against depth",
      columns: [
        .init("network", .text), .init("layers", .count), .init("parameters", .count),
        .init("MACs a picture", .count), .init("training, an epoch", .duration),
        .init("pictures/s", .number), .init("time to \(wanted ?? "an accuracy")", .duration),
        .init("best accuracy", .share),
        .init("top-5 error, one crop, ImageNet", .share, isPublished: true),
      ],
      rows: rungs.map { rung in
        [
          .text(rung.card.name), .number(Double(rung.layers)), .number(Double(rung.totals.parameters)),
          .number(Double(rung.totals.macs)), .of(rung.run.records.map(\.seconds)),
          .of(rung.run.records.map(\.picturesPerSecond)), .of(target.flatMap { rung.time(to: $0) }),
          .of(rung.best), .of(rung.card.publishedError?.top5.map { $0 / 100 }),
        ]
      },
      note:
        "Times of training alone, mean and deviation over the epochs. \(sentence(on: wanted)) Published errors are torchvision's "
        + "at 224×224.")
  }

  /// Says which accuracy times are told to.
  private func sentence(on wanted: String?) -> String {
    guard let wanted else {
      return "No network did better than guessing: there is no accuracy to tell a time to."
    }
    let unlearned = rungs.filter { !$0.hasLearned }.map(\.card.name)
    guard !unlearned.isEmpty else { return "\(wanted) is what the least of them reached." }
    return "\(wanted) is what the least of them reached, but for those that did not do better than guessing: "
      + "\(unlearned.joined(separator: ", "))."
  }

  private var figures: [StudyFigure] {
    var times = StudyFigure(
      "Training time of an epoch", xTitle: "layers with weights", unit: .duration,
      series: [
        .init(
          "an epoch", rungs.map { .init(x: Double($0.layers), values: $0.run.records.map(\.seconds)) })
      ])
    times.valuesSpanDecades = true
    let accuracies = StudyFigure(
      "Accuracy over the time of training", xTitle: "seconds of training", unit: .share,
      series: rungs.map { rung in
        var seconds = 0.0
        return .init(
          rung.card.name,
          rung.run.records.map { record in
            seconds += record.seconds
            return .init(x: seconds, values: [record.validationAccuracy])
          })
      })
    return [times, accuracies]
  }
}
