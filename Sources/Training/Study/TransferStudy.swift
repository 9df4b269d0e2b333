import Datasets
import Foundation
import Models

/// What a trunk that has learned something else is worth: accuracy from scratch, with the trunk frozen, and fine-tuned, against
/// the number of labels.
public struct TransferStudy: Study {
  public let name = "transfer"
  public let question = "How much does a trunk that knows other pictures help, and with how few labels?"

  /// Of the training pictures of each class.
  static let shares = [0.1, 0.25, 1]

  /// Ready to answer.
  public init() {}

  public func run(_ context: StudyContext) throws -> StudyResult {
    let plan = try TransferPlan(context)
    var rows: [[StudyTable.Cell]] = []
    var series: [StudyFigure.Series] = []
    var means: [TransferPlan.Way: [Double]] = [:]
    var seconds = 0.0
    for way in TransferPlan.Way.allCases {
      var points: [StudyFigure.Point] = []
      for share in Self.shares {
        var (accuracies, durations, pictures, epochs) = ([Double](), [Double](), 0, 0)
        for seed in context.options.seeds {
          let data = try plan.data.labelled(share: share, seed: seed)
          pictures = data.train.count
          let configuration = plan.configuration(
            way, share: share, pictures: pictures, seed: seed, context.options)
          epochs = configuration.epochs
          let run = try context.train(
            "\(way)/share-\(Int((100 * share).rounded()))/seed-\(seed)", plan.network(way, seed: seed),
            data: data, preprocessing: plan.preprocessing, configuration: configuration)
          accuracies.append(run.best.validationAccuracy)
          durations.append(run.seconds)
        }
        seconds += durations.reduce(0, +)
        points.append(StudyFigure.Point(x: Double(pictures), values: accuracies))
        means[way, default: []].append(points[points.count - 1].y)
        rows.append([
          .text(way.rawValue), .number(share), .number(Double(pictures)), .number(Double(epochs)),
          .of(accuracies), .of(durations),
        ])
      }
      series.append(StudyFigure.Series(way.rawValue, points))
    }
    var result = StudyResult(of: self)
    result.paragraphs = [plan.origin, Self.summary(means)]
    result.tables = [
      StudyTable(
        "Accuracy of \(plan.card.name) by the share of labels",
        columns: [
          .init("training", .text), .init("labels", .share), .init("pictures", .count),
          .init("epochs", .count),
          .init("accuracy", .share), .init("training time", .duration),
        ], rows: rows,
        note:
          "Mean and deviation over seeds, which decide the pictures, the first weights and the order. The time of a frozen "
          + "trunk is the classifier's alone; its features are computed once before.")
    ]
    var figure = StudyFigure(
      "Accuracy against labels", xTitle: "training pictures with a label", unit: .share, series: series)
    figure.spansDecades = true
    result.figures = [figure]
    result.differences =
      plan.differences + [
        "The accuracy is of the best epoch by the pictures that it is measured on, of one crop."
      ]
    result.attribution = context.data.attribution
    result.seconds = seconds
    return result
  }

  private static func summary(_ means: [TransferPlan.Way: [Double]]) -> String {
    func percent(_ way: TransferPlan.Way, _ place: Int) -> String {
      String(format: "%.1f %%", 100 * (means[way]?[place] ?? .nan))
    }
    let parts = shares.indices.map { place in
      "with \(Int((100 * shares[place]).rounded())) % of the labels \(percent(.tuned, place)) are recognized after "
        + "fine-tuning, \(percent(.probe, place)) with the trunk frozen, \(percent(.scratch, place)) from scratch"
    }
    return "Of the pictures that are not trained on, \(parts.joined(separator: "; "))."
  }
}
