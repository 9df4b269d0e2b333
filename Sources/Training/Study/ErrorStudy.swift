import Datasets
import Engine
import Foundation
import Images
import Models

/// Table 1: errors on the given data: of published weights where there are some, else of networks trained on the data.
struct ErrorStudy: Study {
  let name = "error"
  let usesWeights = true
  let question = "How has the error fallen from AlexNet to ResNet?"

  /// As the review has them, top-5 on ImageNet, by the registry's families. The first three are the competition's (SuperVision 15.32 %
  /// with more data in 2012; VGG 7.32 % and GoogLeNet 6.66 % in 2014, He et al. 2015, table 5). Of ResNet's that paper has no 4.9 %:
  /// one network has 4.49 % on validation pictures, six have 3.57 % on test pictures (section 4.1).
  private static let review = ["AlexNet": 0.153, "VGG": 0.073, "GoogLeNet": 0.067, "ResNet": 0.049]
  /// Of the review's four families, small enough to be trained on a processor.
  static let trained = ["alexnet", "vgg11", "googlenet", "resnet18"]

  func run(_ context: StudyContext) throws -> StudyResult {
    var result = StudyResult(of: self)
    let found = try FoundWeights.all(in: context.options.weights)
    let measured = try found.compactMap { try measure($0, context, &result) }
    if measured.isEmpty {
      try train(context, &result)
    } else {
      show(measured, context, &result)
    }
    result.differences += [
      "The review's errors are of ImageNet's test pictures, by ensembles of networks and many crops of each picture (of ResNet "
        + "He et al. 2015 state 4.49 % of one network and 3.57 % of six, where the review has 4.9 %); those measured here are of one "
        + "network and one crop.",
      "torchvision's errors are of its own weights on ImageNet's 50,000 validation pictures, one network and one crop.",
    ]
    return result
  }

  // MARK: Published weights

  /// What a network with published weights did.
  private struct Measured: Codable {
    let network: String
    let pictures: Int
    let top1, top5: Double
  }

  private func measure(
    _ weights: FoundWeights, _ context: StudyContext, _ result: inout StudyResult
  ) throws -> Measured? {
    let trained = try weights.load()
    let pictures: any Dataset<Int>
    do {
      pictures = try trained.matched(context.data.validation, name: context.data.name)
    } catch let error as TrainedNetworkError {
      result.differences.append("\(weights.file.lastPathComponent) is not measured: \(error).")
      return nil
    }
    return try context.remembered("published-\(weights.network)", under: trained.identity) {
      context.say("\(weights.network): \(counted(pictures.count, "picture"))")
      let evaluation = try ClassifierEvaluator(trained.network, preprocessing: trained.preprocessing)
        .evaluate(pictures, progress: { context.observer?.didEvaluate($0, of: pictures.count) }).evaluation
      return Measured(
        network: weights.network, pictures: evaluation.count, top1: evaluation.top1, top5: evaluation.top5)
    }
  }

  private func show(_ measured: [Measured], _ context: StudyContext, _ result: inout StudyResult) {
    result.paragraphs.append(
      "Networks with published weights look at the \(counted(measured[0].pictures, "validation picture")) of "
        + "\(context.data.name), one crop of each. They choose among all classes that they know.")
    let rows = measured.compactMap { one -> [StudyTable.Cell]? in
      guard let card = try? Registry.card(named: one.network) else { return nil }
      return row(
        card, parameters: card.parameterCount, macs: card.macs, top1: [1 - one.top1], top5: [1 - one.top5],
        pictures: one.pictures)
    }
    result.tables.append(table("Errors of published weights", rows, hasTop5: true))
    result.differences.append(
      "The pictures are \(context.data.name)'s: \(counted(context.data.train.classNames.count, "class")) of those that the "
        + "networks know, not all.")
  }

  // MARK: Networks that are trained here

  private func train(_ context: StudyContext, _ result: inout StudyResult) throws {
    let pictures = try StudyPictures(context.data)
    let cards = try Self.trained.map { try Registry.card(named: $0) }
    let side = pictures.commonSide(context.options.size, for: cards)
    let trainings = try cards.map { try pictures.training($0.name, $0, side: side) }
    let (plan, runs) = try context.train(trainings, wish: pictures.usualEpochs / 2)
    result.paragraphs.append(
      "There are no published weights for these pictures, so one network of each of the review's four families is trained on them "
        + "from random weights, with \(counted(context.options.seeds.count, "seed")). \(plan.sentence)")
    let hasTop5 = pictures.classes > 5
    let rows = try zip(cards, runs).map { card, runs in
      let totals = try pictures.totals(of: card, side: side)
      return row(
        card, parameters: totals.parameters, macs: totals.macs,
        top1: runs.atEnd { 1 - $0.validationAccuracy },
        top5: runs.atEnd { 1 - $0.validationTop5 }, pictures: context.data.validation.count)
    }
    var errors = table("Errors of networks trained on the data", rows, hasTop5: hasTop5)
    let lost = StudyResult.divergences(zip(cards, runs).map { (name: $0.name, runs: $1) })
    if let lost { errors.note?.append(" \(lost)") }
    result.tables.append(errors)
    result.figures.append(
      StudyFigure(
        "Validation error", xTitle: "epoch", unit: .share,
        series: zip(cards, runs).map { .init($0.name, $1.curve { 1 - $0.validationAccuracy }) }))
    result.differences.append(pictures.difference(side: side))
    result.differences.append(
      "The networks are the smaller ones of their families, trained for \(counted(plan.epochs, "epoch")): their order here need "
        + "not be that of ImageNet.")
  }

  // MARK: Showing

  private func row(
    _ card: NetworkCard, parameters: Int?, macs: Int?, top1: [Double], top5: [Double], pictures: Int
  ) -> [StudyTable.Cell] {
    let mean = top1.isEmpty ? Double.nan : top1.reduce(0, +) / Double(top1.count)
    let interval = WilsonInterval(share: mean, of: pictures)
    func text(_ share: Double) -> String { StudyTable.Unit.share.text(share) }
    return [
      .text(card.name), .of(top1),
      .text(interval.map { "\(text($0.low)) – \(text($0.high))" } ?? "–"), .of(top5),
      .of(parameters.map { Double($0) }), .of(macs.map { Double($0) }),
      .of(Self.review[card.family]),
      .of(card.publishedError.map { $0.top1 / 100 }),
      .of(card.publishedError?.top5.map { $0 / 100 }),
    ]
  }

  private func table(_ title: String, _ rows: [[StudyTable.Cell]], hasTop5: Bool) -> StudyTable {
    let columns: [StudyTable.Column] = [
      .init("network", .text), .init("error", .share), .init("95 % interval", .text),
      .init("top-5 error", .share), .init("parameters", .count), .init("MACs a picture", .count),
      .init("the family in the review, top-5", .share, isPublished: true),
      .init("torchvision, top-1", .share, isPublished: true),
      .init("torchvision, top-5", .share, isPublished: true),
    ]
    let shown = columns.indices.filter { hasTop5 || $0 != 3 }
    return StudyTable(
      title, columns: shown.map { columns[$0] }, rows: rows.map { row in shown.map { row[$0] } },
      note:
        "The interval is Wilson's, of the mean error on that many pictures: with a confidence of 95 % the error on all pictures "
        + "of this kind lies in it, where those measured are a random sample of them. It says nothing of other seeds. Published "
        + "columns are of different measurements (see below): they are not to be compared with each other.")
  }
}

/// Between which shares the true one lies with a confidence of 95 % (Wilson 1927, "Probable Inference, the Law of Succession, and
/// Statistical Inference").
package struct WilsonInterval: Hashable {
  package let low, high: Double

  /// - Parameters:
  ///   - share: that was found, in 0...1.
  ///   - count: how many were looked at.
  /// - Returns: nil where nothing was looked at, or the share is none.
  package init?(share: Double, of count: Int) {
    guard count > 0, 0...1 ~= share else { return nil }
    let (n, z) = (Double(count), 1.959963984540054)
    let centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    (low, high) = (max(0, centre - half), min(1, centre + half))
  }
}
