import Datasets
import Foundation
import Models

/// What a trunk that has learned something else is worth: accuracy from scratch, with the trunk frozen, and fine-tuned, against
/// the number of labels.
public struct TransferStudy: Study {
  public let name = "transfer"
  public let usesWeights = true
  public let question = "How much does a trunk that knows other pictures help, and with how few labels?"

  /// Of the training pictures of each class.
  static let shares = [0.1, 0.25, 1]

  /// Ready to answer.
  public init() {}

  public func run(_ context: StudyContext) throws -> StudyResult {
    let plan = try TransferPlan(context)
    let trainings = try TransferPlan.Way.allCases.map { way in
      try Self.shares.map { try plan.training(way, share: $0) }
    }
    let (epochs, found) = try context.train(
      Array(trainings.joined()), subject: plan.epochSubject, wish: TransferPlan.wish, share: plan.budgetShare)
    let runs = try found.refusingDivergence()
    var rows: [[StudyTable.Cell]] = []
    var series: [StudyFigure.Series] = []
    var means: [TransferPlan.Way: [Double]] = [:]
    for (place, way) in TransferPlan.Way.allCases.enumerated() {
      var points: [StudyFigure.Point] = []
      for (index, share) in Self.shares.enumerated() {
        let training = trainings[place][index]
        let ofAllSeeds = runs[place * Self.shares.count + index]
        let accuracies = ofAllSeeds.map(\.best.validationAccuracy)
        let pictures = Double(try plan.data.train.labelled(share: share, seed: 0).count)
        points.append(StudyFigure.Point(x: pictures, values: accuracies))
        rows.append([
          .text(way.rawValue), .number(share), .number(pictures),
          .number(Double(training.configured(epochs: epochs.epochs, seed: 0).epochs)),
          .of(accuracies), .of(ofAllSeeds.map(\.seconds)),
        ])
      }
      means[way] = points.map(\.y)
      series.append(StudyFigure.Series(way.rawValue, points))
    }
    var result = StudyResult(of: self)
    result.paragraphs = [
      plan.origin,
      "\(epochs.sentence) \(plan.otherEpochs)",
      Self.summary(means),
    ]
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
