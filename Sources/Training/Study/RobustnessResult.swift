import Datasets
import Engine
import Foundation
import Images

extension RobustnessStudy {
  func result(
    _ context: StudyContext, _ outcomes: [Outcome], baseline: Outcome?, isPublished: Bool, unusable: [String],
    count: Int
  ) -> StudyResult {
    var result = StudyResult(of: self)
    result.attribution = context.data.attribution
    let name = baseline?.name ?? "none"
    result.paragraphs = [
      """
      \(counted(count, "picture")) of \(context.data.name) were corrupted in six ways of Hendrycks and Dietterich (2019) at five \
      strengths each, and covered by a grey square over a growing share, and by a grey rectangle at each of \
      \(RobustnessTest.places * RobustnessTest.places) places. The mean corruption error (mCE) is the errors' sum over that of \
      \(name), by corruption and then the mean; the relative one is that of what the errors are above the error without \
      corruption.
      """
    ]
    if let sentence = Self.comparison(outcomes) { result.paragraphs.append(sentence) }
    result.tables = [
      table(outcomes, baseline: name, isPublished: isPublished), Self.covered(outcomes),
    ]
    result.figures = Self.figures(outcomes)
    result.differences = [
      "Six corruptions of the paper's fifteen and four: Gaussian noise, brightness, contrast, JPEG and pixelation are of the "
        + "fifteen; Gaussian blur is of the four others. The published mCE is over the fifteen.",
      "ImageNet-C is 50,000 pictures of 1,000 classes, stored as JPEG of quality 85 once more; here \(count) pictures are "
        + "corrupted in memory. Strengths are the authors' for the size of the pictures: those of CIFAR-10-C, Tiny ImageNet-C or "
        + "ImageNet-C.",
    ]
    if baseline?.network != "alexnet" {
      result.differences.append(
        "The paper's baseline is AlexNet with published weights, which are not here: the mCE is relative to \(name), and not "
          + "comparable with the published one.")
    }
    if !isPublished {
      result.differences.append(
        "No published weights that know the classes were found: the networks were trained on the data, their best epoch chosen on "
          + "the pictures that are measured.")
    }
    result.differences += unusable.map { "Not measured, for its classes are others: \($0)." }
    return result
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(values.count, 1))
  }

  private static func comparison(_ outcomes: [Outcome]) -> String? {
    func error(_ outcome: Outcome) -> Double { mean(outcome.robustness.map(\.meanError)) }
    guard let best = outcomes.min(by: { error($0) < error($1) }), let worst = best.worst else { return nil }
    let percent = { (share: Double) in HTML.percent(share, digits: 1) }
    return """
      The least mean error on corrupted pictures has \(best.name): \(percent(error(best))), \
      \(percent(mean(best.robustness.map(\.cleanError)))) without corruption. Worst for it is \(worst.corruption.name), with \
      \(percent(worst.error)) in the mean of the strengths.
      """
  }

  /// Hendrycks and Dietterich 2019, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", table 1: error
  /// without corruption and mCE, in per cent. By its error, SqueezeNet is torchvision's 1.1.
  private static let publishedErrors: [String: (clean: Double, mCE: Double)] = [
    "alexnet": (43.5, 100), "squeezenet1_1": (41.8, 104.4), "vgg11": (31.0, 93.5), "vgg19": (27.6, 88.9),
    "vgg19_bn": (25.8, 81.6), "resnet18": (30.2, 84.7), "resnet50": (23.9, 76.7),
  ]

  private func table(_ outcomes: [Outcome], baseline: String, isPublished: Bool) -> StudyTable {
    var columns: [StudyTable.Column] = [.init("network", .text), .init("error without corruption", .share)]
    columns += Corruption.allCases.map { StudyTable.Column($0.name, .share) }
    columns += [.init("mean error", .share), .init("mCE", .share), .init("relative mCE", .share)]
    if isPublished {
      columns += [
        .init("ImageNet: error", .share, isPublished: true),
        .init("ImageNet-C: mCE", .share, isPublished: true),
      ]
    }
    return StudyTable(
      "Error on corrupted pictures, in the mean of five strengths", columns: columns,
      rows: outcomes.map { outcome -> [StudyTable.Cell] in
        let robustness = outcome.robustness
        var cells: [StudyTable.Cell] = [.text(outcome.name), .of(robustness.map(\.cleanError))]
        for corruption in Corruption.allCases {
          cells.append(.of(robustness.compactMap { $0.row(of: corruption)?.meanError }))
        }
        cells += [
          .of(robustness.map(\.meanError)), .of(robustness.compactMap(\.meanCorruptionError)),
          .of(robustness.compactMap(\.meanRelativeCorruptionError)),
        ]
        guard isPublished else { return cells }
        if let known = Self.publishedErrors[outcome.network] {
          cells += [.number(known.clean / 100), .number(known.mCE / 100)]
        } else {
          cells += [.none, .none]
        }
        return cells
      }, note: "mCE relative to \(baseline).")
  }

  private static func covered(_ outcomes: [Outcome]) -> StudyTable {
    let areas = outcomes.first?.robustness.first?.coverage.map(\.area) ?? []
    var columns: [StudyTable.Column] = [.init("network", .text), .init("nothing", .share)]
    columns += areas.map { StudyTable.Column(HTML.percent($0, digits: 0), .share) }
    columns.append(.init("worst place covered", .share))
    return StudyTable(
      "Accuracy where a grey square covers a share of each picture", columns: columns,
      rows: outcomes.map { outcome -> [StudyTable.Cell] in
        let robustness = outcome.robustness
        var cells: [StudyTable.Cell] = [.text(outcome.name), .of(robustness.map { 1 - $0.cleanError })]
        for place in areas.indices { cells.append(.of(robustness.map { $0.coverage[place].accuracy })) }
        cells.append(.of(robustness.map { $0.occlusion.joined().min() ?? 0 }))
        return cells
      },
      note:
        "The last column: one of \(RobustnessTest.places)×\(RobustnessTest.places) rectangles that make up the picture is "
        + "covered in all pictures, the one that costs most.")
  }

  private static func figures(_ outcomes: [Outcome]) -> [StudyFigure] {
    /// From the error without corruption on.
    func series(_ errors: (Robustness, _ strength: Int) -> Double) -> [StudyFigure.Series] {
      outcomes.prefix(8).map { outcome -> StudyFigure.Series in
        let points = (0...Corruption.severities).map { strength -> StudyFigure.Point in
          let values = outcome.robustness.map { strength == 0 ? $0.cleanError : errors($0, strength - 1) }
          return StudyFigure.Point(x: Double(strength), values: values)
        }
        return StudyFigure.Series(outcome.name, points)
      }
    }
    let all = StudyFigure(
      "Error by strength, in the mean of the corruptions", xTitle: "strength", unit: .share,
      series: series { robustness, strength in mean(robustness.rows.map { $0.errors[strength] }) })
    let each = Corruption.allCases.map { corruption in
      StudyFigure(
        "Error by strength: \(corruption.name)", xTitle: "strength", unit: .share,
        series: series { robustness, strength in
          robustness.row(of: corruption)?.errors[strength] ?? .nan
        })
    }
    let coverage = StudyFigure(
      "Accuracy by the share that is covered", xTitle: "share covered", unit: .share,
      series: outcomes.prefix(8).map { outcome -> StudyFigure.Series in
        var points = [StudyFigure.Point(x: 0, values: outcome.robustness.map { 1 - $0.cleanError })]
        for (place, coverage) in (outcome.robustness.first?.coverage ?? []).enumerated() {
          let values = outcome.robustness.map { $0.coverage[place].accuracy }
          points.append(StudyFigure.Point(x: coverage.area, values: values))
        }
        return StudyFigure.Series(outcome.name, points)
      })
    return [all] + each + [coverage]
  }
}

extension RobustnessStudy.Outcome {
  /// The corruption with the greatest mean error, over strengths and seeds.
  var worst: (corruption: Corruption, error: Double)? {
    guard let first = robustness.first else { return nil }
    let errors = first.rows.map { row in
      let all = robustness.compactMap { $0.row(of: row.corruption)?.meanError }
      return (corruption: row.corruption, error: all.reduce(0, +) / Double(all.count))
    }
    return errors.max { $0.error < $1.error }
  }
}
