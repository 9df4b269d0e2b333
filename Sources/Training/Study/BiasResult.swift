import Datasets
import Engine
import Foundation

extension BiasStudy {
  func result(
    _ context: StudyContext, network: String, counts: [Int], _ outcomes: [Outcome]
  ) -> StudyResult {
    var result = StudyResult(of: self)
    result.attribution = context.data.attribution
    let present = counts.filter { $0 > 0 }
    result.paragraphs = [
      """
      Of \(context.data.name) \(grouped(counts.reduce(0, +))) of \(grouped(context.data.train.count)) training pictures were kept: \
      \(present.max() ?? 0) of the most frequent class, exponentially fewer from class to class, \(present.min() ?? 0) of the \
      rarest. Chance decided which class is how frequent, once for all runs. \(network) was trained on them with nothing \
      against the imbalance, with each class's loss weighted by one over its pictures, with as many pictures of each class in \
      every epoch, and with the focal loss (γ 2). All were measured on the same \(counted(context.data.validation.count, "picture")), which \
      are not made imbalanced.
      """
    ]
    if let sentence = Self.comparison(outcomes) { result.paragraphs.append(sentence) }
    result.tables = [Self.table(outcomes)]
    result.tables += Self.groups(outcomes).map { [$0] } ?? []
    result.figures = [Self.figure(outcomes)]
    result.differences = [
      "The review names the bias of data and gives no numbers; the long tail is that of Cui et al. 2019 for CIFAR.",
      "Each run's best epoch is chosen by the accuracy on the measured pictures, which favours all runs a little.",
      "The remedies are the plain ones; margins, two-stage training and logit adjustment are not among them.",
    ]
    return result
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(values.count, 1))
  }

  private static func comparison(_ outcomes: [Outcome]) -> String? {
    let remedies = outcomes.filter { $0.remedy != .nothing }
    guard let plain = outcomes.first(where: { $0.remedy == .nothing }), !plain.tail.isEmpty,
      let best = remedies.max(by: { mean($0.balanced) < mean($1.balanced) })
    else { return nil }
    let percent = { (share: Double) in HTML.percent(share, digits: 1) }
    let compared = StudyResult.comparison(
      best.remedy.title, SeedValues(best.balanced), with: plain.remedy.title, SeedValues(plain.balanced),
      what: "balanced accuracy")
    return """
      With nothing against it the rarest classes are recognized to \(percent(mean(plain.tail))), the most frequent to \
      \(percent(mean(plain.head))). The remedy with the highest mean is \(best.remedy.title), with the rarest recognized to \
      \(percent(mean(best.tail))) and the most frequent to \(percent(mean(best.head))): \(compared)
      """
  }

  private static func table(_ outcomes: [Outcome]) -> StudyTable {
    let groups = outcomes.first?.frequencies.first?.groups ?? []
    let names =
      groups.count == 3
      ? ["rarest third", "middle third", "most frequent third"] : groups.map { _ in "classes" }
    let shares = zip(names, groups).map { name, group -> StudyTable.Column in
      let range = group.fewest == group.most ? "\(group.most)" : "\(group.fewest) to \(group.most)"
      return StudyTable.Column("\(name) (\(range) pictures a class)", .share)
    }
    var columns = [StudyTable.Column("against the imbalance", .text)] + shares
    columns += [
      .init("balanced accuracy", .share), .init("accuracy", .share),
      .init("rank correlation with frequency", .number),
    ]
    return StudyTable(
      "Accuracy by how many pictures of a class there are to train on", columns: columns,
      rows: outcomes.map { outcome -> [StudyTable.Cell] in
        var cells = [StudyTable.Cell.text(outcome.remedy.title)]
        for place in groups.indices {
          cells.append(.of(outcome.frequencies.map { $0.groups[place].accuracy }))
        }
        cells += [
          .of(outcome.balanced), .of(outcome.evaluations.map(\.top1)),
          .of(outcome.frequencies.compactMap(\.correlation)),
        ]
        return cells
      },
      note:
        "Mean and deviation over the seeds where there are several. Balanced accuracy is the mean over the classes; the "
        + "correlation is Spearman's, of a class's training pictures and the share of it that is recognized.")
  }

  /// Nil where the data name no groups.
  private static func groups(_ outcomes: [Outcome]) -> StudyTable? {
    guard let first = outcomes.first?.groups.first, !first.isEmpty else { return nil }
    var columns: [StudyTable.Column] = [.init("group", .text), .init("pictures", .count)]
    columns += outcomes.map { StudyTable.Column($0.remedy.title, .share) }
    var rows = first.indices.map { place -> [StudyTable.Cell] in
      var cells: [StudyTable.Cell] = [
        .text(first[place].group ?? "without a group"), .number(Double(first[place].pictures)),
      ]
      for outcome in outcomes { cells.append(.of(outcome.groups.map { $0[place].accuracy })) }
      return cells
    }
    if first.count > 1 {
      var cells: [StudyTable.Cell] = [.text("best less worst group"), .none]
      for outcome in outcomes {
        let gaps = outcome.groups.map { groups -> Double in
          let shares = groups.map(\.accuracy)
          return shares.max()! - shares.min()!
        }
        cells.append(.of(gaps))
      }
      rows.append(cells)
    }
    return StudyTable(
      "Accuracy by the groups that the data name", columns: columns, rows: rows,
      note:
        "Groups are measured on the validation pictures as they are; the imbalance was made between classes, not groups."
    )
  }

  /// Each class by its training pictures; classes with as many are one point.
  private static func figure(_ outcomes: [Outcome]) -> StudyFigure {
    var figure = StudyFigure(
      "Accuracy of each class by its training pictures", xTitle: "training pictures of the class",
      unit: .share,
      series: outcomes.map { outcome -> StudyFigure.Series in
        let counts = outcome.frequencies.first?.counts ?? []
        let points = Set(counts).sorted().filter { $0 > 0 }.compactMap { count -> StudyFigure.Point? in
          let labels = counts.indices.filter { counts[$0] == count }
          let shares = labels.flatMap { label in outcome.evaluations.compactMap { $0.perClass[label] } }
          return shares.isEmpty ? nil : StudyFigure.Point(x: Double(count), values: shares)
        }
        return StudyFigure.Series(outcome.remedy.title, points)
      })
    figure.spansDecades = true
    return figure
  }
}

extension BiasStudy.Outcome {
  /// The rarest classes' accuracy, by seed.
  var tail: [Double] { frequencies.compactMap { $0.groups.first?.accuracy } }
  /// The most frequent classes'.
  var head: [Double] { frequencies.compactMap { $0.groups.last?.accuracy } }
  /// By seed.
  var balanced: [Double] { evaluations.map(\.balancedAccuracy) }
}
