import Datasets
import Engine
import Foundation
import Models

/// Table 2, and figure 1 of He et al.: what depth costs in time, and what it brings with and without shortcuts.
///
/// Published numbers are of He et al. 2015, "Deep Residual Learning for Image Recognition": table 2 (top-1 errors of 18 and 34 layers
/// on ImageNet, ten crops), table 6 (CIFAR-10, on the cards), section 4.2 (64,000 steps of 128 pictures: 164 epochs of 50,000).
struct DepthStudy: Study {
  let name = "depth"
  let question = "What does depth cost, and what does it bring with and without shortcuts?"

  /// The review's four, by their layers with weights.
  static let ladder = [("alexnet", 8), ("vgg16", 16), ("googlenet", 22), ("resnet50", 50)]
  /// Of plain and of residual networks.
  static let depths = [20, 32, 44, 56]

  func run(_ context: StudyContext) throws -> StudyResult {
    let pictures = try StudyPictures(context.data)
    var result = StudyResult(of: self)
    try climb(context, pictures, &result)
    try degrade(context, pictures, &result)
    return result
  }

  // MARK: Training time against depth

  private func climb(
    _ context: StudyContext, _ pictures: StudyPictures, _ result: inout StudyResult
  ) throws {
    let cards = try Self.ladder.map { try Registry.card(named: $0.0) }
    let side = pictures.commonSide(context.options.size, for: cards)
    let trainings = try cards.map { try pictures.training($0.name, $0, side: side) }
    let seed = Array(context.options.seeds.prefix(1))
    let (plan, found) = try context.train(trainings, group: "ladder", wish: 20, share: 0.5, seeds: seed)
    let runs = found.map { $0[0] }
    let best = runs.map { $0.records.map(\.validationAccuracy).max() }
    let counts = try ClassFrequency.counts(of: context.data.validation)
    // Who always names the most frequent class gets that far.
    let chance = Double(counts.max() ?? 0) / Double(context.data.validation.count)
    let hasLearned = zip(runs, best).map { run, best in
      (best ?? 0) > chance && !run.records.allSatisfy { $0.isAtChance(ofClasses: pictures.classes) }
    }
    let reached = zip(best, hasLearned).compactMap { $1 ? $0 : nil }
    let target = reached.min().map { ($0 * 100).rounded(.down) / 100 }
    let wanted = target.map { StudyTable.Unit.share.text($0) }
    let unlearned = zip(cards, hasLearned).filter { !$1 }.map(\.0.name)

    result.seconds += runs.reduce(0) { $0 + $1.allSeconds }
    result.paragraphs.append(
      "Training time against depth: the review's four networks at \(side)×\(side), one seed each. \(plan.sentence)"
    )
    let rows: [[StudyTable.Cell]] = try zip(cards, runs).enumerated().map { place, pair in
      let (card, run) = pair
      let totals = try pictures.totals(of: card, side: side)
      let time = target.map { Self.time(to: $0, run) } ?? StudyTable.Cell.none
      return [
        .text(card.name), .number(Double(Self.ladder[place].1)), .number(Double(totals.parameters)),
        .number(Double(totals.macs)), .of(run.records.map(\.seconds)),
        .of(run.records.map(\.picturesPerSecond)),
        time, .of(best[place]),
        .of(card.publishedError?.top5.map { $0 / 100 }),
      ]
    }
    result.tables.append(
      StudyTable(
        "Training time against depth",
        columns: [
          .init("network", .text), .init("layers", .count), .init("parameters", .count),
          .init("MACs a picture", .count), .init("training, an epoch", .duration),
          .init("pictures/s", .number), .init("time to \(wanted ?? "an accuracy")", .duration),
          .init("best accuracy", .share),
          .init("top-5 error, one crop, ImageNet", .share, isPublished: true),
        ],
        rows: rows,
        note:
          "Times of training alone, mean and deviation over the epochs. "
          + Self.sentence(on: wanted, unlearned: unlearned)
          + " Published errors are torchvision's at 224×224."))
    var times = StudyFigure(
      "Training time of an epoch", xTitle: "layers with weights", unit: .duration,
      series: [
        .init(
          "an epoch",
          zip(Self.ladder, runs).map { .init(x: Double($0.1), values: $1.records.map(\.seconds)) })
      ])
    times.valuesSpanDecades = true
    result.figures += [
      times,
      StudyFigure(
        "Accuracy over the time of training", xTitle: "seconds of training", unit: .share,
        series: zip(cards, runs).map { card, run in
          var seconds = 0.0
          return .init(
            card.name,
            run.records.map { record in
              seconds += record.seconds
              return .init(x: seconds, values: [record.validationAccuracy])
            })
        }),
    ]
    result.differences.append(pictures.difference(side: side))
    result.differences.append(
      "The four networks differ in more than depth: in width, in parameters, and in what stands between the layers. They are "
        + "trained with one recipe a family, not with the papers'.")
  }

  /// Says which accuracy times are told to.
  /// - Parameters:
  ///   - wanted: the accuracy; nil where no network learned anything.
  ///   - unlearned: the networks that did not.
  private static func sentence(on wanted: String?, unlearned: [String]) -> String {
    guard let wanted else {
      return "No network did better than guessing: there is no accuracy to tell a time to."
    }
    guard !unlearned.isEmpty else { return "\(wanted) is what the least of them reached." }
    return "\(wanted) is what the least of them reached, but for those that did not do better than guessing: "
      + "\(unlearned.joined(separator: ", "))."
  }

  /// Seconds of training until an epoch's accuracy was at least that.
  private static func time(to accuracy: Double, _ run: StudyRun) -> StudyTable.Cell {
    guard let end = run.records.firstIndex(where: { $0.validationAccuracy >= accuracy }) else { return .none }
    return .number(run.records[...end].reduce(0) { $0 + $1.seconds })
  }

  // MARK: Plain against residual networks

  private func degrade(
    _ context: StudyContext, _ pictures: StudyPictures, _ result: inout StudyResult
  ) throws {
    let names = ["plain", "resnet"].flatMap { family in Self.depths.map { "\(family)\($0)" } }
    let cards = try names.map { try Registry.card(named: $0) }
    // These networks were made for pictures of 32 pixels: of larger ones all layers would cost more, and see less of them.
    let side = pictures.side(context.options.size, for: cards[0], photographs: 32)
    let trainings = try zip(names, cards).map { try pictures.training($0, $1, side: side) }
    let (plan, runs) = try context.train(
      trainings, group: "plain-residual", wish: pictures.usualEpochs, share: 0.5)
    let (plain, residual) = (Array(runs.prefix(Self.depths.count)), Array(runs.suffix(Self.depths.count)))
    let deepest = Self.depths.count - 1

    result.seconds += runs.joined().reduce(0) { $0 + $1.allSeconds }
    result.paragraphs.append(
      "Plain against residual networks of 20 to 56 layers with the same convolutions, "
        + "\(counted(context.options.seeds.count, "seed")). \(plan.sentence)")
    result.paragraphs.append(
      "At 56 layers: "
        + StudyResult.comparison(
          "the residual network", residual[deepest].seeds(\.validationAccuracy), with: "the plain one",
          plain[deepest].seeds(\.validationAccuracy)))
    result.paragraphs.append(
      "Degradation: "
        + StudyResult.comparison(
          "plain56", plain[deepest].seeds(\.trainAccuracy), with: "plain20", plain[0].seeds(\.trainAccuracy),
          what: "training accuracy"))
    let lost = StudyResult.divergences(zip(names, runs).map { (name: $0, runs: $1) }).map { " \($0)" } ?? ""
    let rows: [[StudyTable.Cell]] = try Self.depths.enumerated().map { place, depth in
      let card = try Registry.card(named: "resnet\(depth)")
      return [
        .number(Double(depth)), .of(plain[place].atEnd { 1 - $0.trainAccuracy }),
        .of(plain[place].atEnd { 1 - $0.validationAccuracy }),
        .of(residual[place].atEnd { 1 - $0.trainAccuracy }),
        .of(residual[place].atEnd { 1 - $0.validationAccuracy }),
        .of(card.publishedError.map { $0.top1 / 100 }),
      ]
    }
    result.tables.append(
      StudyTable(
        "Error by depth, with and without shortcuts",
        columns: [
          .init("layers", .count), .init("plain, training", .share), .init("plain, validation", .share),
          .init("residual, training", .share), .init("residual, validation", .share),
          .init("residual, CIFAR-10", .share, isPublished: true),
        ],
        rows: rows,
        note:
          "After the last epoch; mean and sample deviation over the seeds. Training errors are of pictures as they were "
          + "changed. Published: He et al. 2015, table 6.\(lost)"))
    result.tables.append(
      StudyTable(
        "Error of plain and residual networks on ImageNet",
        columns: [
          .init("layers", .count), .init("plain", .share, isPublished: true),
          .init("residual", .share, isPublished: true),
        ],
        rows: [
          [.number(18), .number(0.2794), .number(0.2788)], [.number(34), .number(0.2854), .number(0.2503)],
        ],
        note: "Top-1 of ten crops, He et al. 2015, table 2."))
    result.figures += Self.figures(names, runs)
    result.differences.append(
      "Plain and residual networks see these pictures \(side.map { "at \($0)×\($0)" } ?? "as they are"), for "
        + "\(counted(plan.epochs, "epoch")) with a cosine schedule; He et al. train 164 epochs on CIFAR-10.")
  }

  /// Each family by itself, as in the paper's figure 6, and the shallowest and deepest of both beside each other.
  private static func figures(_ names: [String], _ runs: [[StudyRun]]) -> [StudyFigure] {
    func figure(
      _ title: String, _ places: [Int], _ value: @escaping (EpochRecord) -> Double
    ) -> StudyFigure {
      StudyFigure(
        title, xTitle: "epoch", unit: .share, series: places.map { .init(names[$0], runs[$0].curve(value)) })
    }
    let count = depths.count
    return [
      figure("Training error of plain networks", Array(0..<count)) { 1 - $0.trainAccuracy },
      figure("Training error of residual networks", Array(count..<2 * count)) { 1 - $0.trainAccuracy },
      figure("Validation error", [0, count - 1, count, 2 * count - 1]) { 1 - $0.validationAccuracy },
    ]
  }
}
