import Engine
import Models

/// What depth brings with and without shortcuts: plain and residual networks with the same convolutions on the same pictures, after
/// He et al. 2015, section 4.2 and figure 6.
struct Degradation {
  private static let depths = [20, 32, 44, 56]

  private let plan: EpochPlan
  private let side: Int?
  private let seeds: Int
  /// By depth, then by seed.
  private let plain, residual: [[StudyRun]]

  /// Trains them.
  init(_ context: StudyContext, _ pictures: StudyPictures) throws {
    let cards = try Self.names.map { try Registry.card(named: $0) }
    // These networks were made for pictures of 32 pixels: of larger ones all layers would cost more, and see less of them.
    let side = pictures.side(context.options.size, for: cards[0], photographs: 32)
    let (plan, runs) = try context.train(
      try cards.map { try pictures.training($0.name, $0, side: side) }, group: "plain-residual",
      wish: pictures.usualEpochs, share: 1 - DepthLadder.budgetShare)
    (self.plan, self.side, seeds) = (plan, side, context.options.seeds.count)
    (plain, residual) = (Array(runs.prefix(Self.depths.count)), Array(runs.suffix(Self.depths.count)))
  }

  /// The plain ones before the residual ones.
  private static var names: [String] {
    ["plain", "resnet"].flatMap { family in depths.map { "\(family)\($0)" } }
  }

  func add(to result: inout StudyResult) throws {
    result.paragraphs += sentences
    result.tables += [try table, Self.published]
    result.figures += figures
    result.differences.append(
      "Plain and residual networks see these pictures \(side.map { "at \($0)×\($0)" } ?? "as they are"), for "
        + "\(counted(plan.epochs, "epoch")) with a cosine schedule; He et al. train 164 epochs on CIFAR-10.")
  }

  private var sentences: [String] {
    let deepest = Self.depths.count - 1
    return [
      "Plain against residual networks of 20 to 56 layers with the same convolutions, \(counted(seeds, "seed")). "
        + plan.sentence,
      "At 56 layers: "
        + StudyResult.comparison(
          "the residual network", residual[deepest].seeds(\.validationAccuracy), with: "the plain one",
          plain[deepest].seeds(\.validationAccuracy)),
      "Degradation: "
        + StudyResult.comparison(
          "plain56", plain[deepest].seeds(\.trainAccuracy), with: "plain20", plain[0].seeds(\.trainAccuracy),
          what: "training accuracy"),
    ]
  }

  private var table: StudyTable {
    get throws {
      let lost = StudyResult.divergences(zip(Self.names, plain + residual).map { (name: $0, runs: $1) })
      return StudyTable(
        "Error by depth, with and without shortcuts",
        columns: [
          .init("layers", .count), .init("plain, training", .share), .init("plain, validation", .share),
          .init("residual, training", .share), .init("residual, validation", .share),
          .init("residual, CIFAR-10", .share, isPublished: true),
        ],
        rows: try Self.depths.enumerated().map { place, depth in
          let card = try Registry.card(named: "resnet\(depth)")
          return [
            .number(Double(depth)), .of(plain[place].atEnd { 1 - $0.trainAccuracy }),
            .of(plain[place].atEnd { 1 - $0.validationAccuracy }),
            .of(residual[place].atEnd { 1 - $0.trainAccuracy }),
            .of(residual[place].atEnd { 1 - $0.validationAccuracy }),
            .of(card.publishedError.map { $0.top1 / 100 }),
          ]
        },
        note:
          "After the last epoch; mean and sample deviation over the seeds. Training errors are of pictures as they were changed. "
          + "Published: He et al. 2015, table 6.\(lost.map { " \($0)" } ?? "")")
    }
  }

  private static let published = StudyTable(
    "Error of plain and residual networks on ImageNet",
    columns: [
      .init("layers", .count), .init("plain", .share, isPublished: true),
      .init("residual", .share, isPublished: true),
    ],
    rows: [
      [.number(18), .number(0.2794), .number(0.2788)], [.number(34), .number(0.2854), .number(0.2503)],
    ],
    note: "Top-1 of ten crops, He et al. 2015, table 2.")

  /// Each family by itself, as in the paper's figure 6, and the shallowest and deepest of both beside each other.
  private var figures: [StudyFigure] {
    let runs = plain + residual
    func figure(
      _ title: String, _ places: [Int], _ value: @escaping (EpochRecord) -> Double
    ) -> StudyFigure {
      StudyFigure(
        title, xTitle: "epoch", unit: .share,
        series: places.map { .init(Self.names[$0], runs[$0].curve(value)) })
    }
    let count = Self.depths.count
    return [
      figure("Training error of plain networks", Array(0..<count)) { 1 - $0.trainAccuracy },
      figure("Training error of residual networks", Array(count..<2 * count)) { 1 - $0.trainAccuracy },
      figure("Validation error", [0, count - 1, count, 2 * count - 1]) { 1 - $0.validationAccuracy },
    ]
  }
}
