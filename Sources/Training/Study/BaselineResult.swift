import Datasets
import Engine
import Foundation

extension BaselineStudy {
  /// Classes that have a line in the table of classes, at most.
  private static let listedClasses = 50

  func result(
    _ context: StudyContext, made: [BaselineRow], trained: [BaselineRow], probed: [BaselineRow]
  ) -> StudyResult {
    let rows = made + trained + probed
    var result = StudyResult(of: self)
    result.attribution = context.data.attribution
    result.paragraphs = [
      """
      Every row learned from the same \(counted(context.data.train.count, "picture")) of \
      \(counted(context.data.train.classNames.count, "class")) (\(context.data.name)) and was measured on the same \
      \(grouped(context.data.validation.count)) others. HOG is scikit-image's; SIFT is dense and at several scales, its descriptors the \
      square roots of their shares (RootSIFT); visual words are found by k-means, Fisher vectors by a mixture of normal \
      distributions over \(options.components) principal components. The machines are linear, one class against the rest, their \
      cost chosen on a fifth of the training pictures.
      """
    ]
    if let sentence = Self.comparison(made, trained, probed) { result.paragraphs.append(sentence) }
    result.tables = [
      table(rows, hasTopFive: context.data.train.classNames.count > 5), Self.published,
      Self.classes(rows, context.data.validation.classNames),
    ]
    result.figures = [Self.figure(rows, context.data.validation.classNames.count)]
    result.differences = differences(context, made, probed)
    return result
  }

  private static func comparison(
    _ made: [BaselineRow], _ trained: [BaselineRow], _ probed: [BaselineRow]
  ) -> String? {
    func best(_ rows: [BaselineRow]) -> BaselineRow? { rows.min { $0.error < $1.error } }
    func compared(_ row: BaselineRow, with other: BaselineRow) -> String {
      StudyResult.comparison(
        row.method, SeedValues(row.errors.map { 1 - $0 }), with: other.method,
        SeedValues(other.errors.map { 1 - $0 }))
    }
    guard let hand = best(made), let network = best(trained) else { return nil }
    let text = "Of each kind the best: \(compared(network, with: hand))"
    guard let probe = best(probed), let other = best([hand, network]) else { return text }
    return "\(text) \(compared(probe, with: other))"
  }

  private func table(_ rows: [BaselineRow], hasTopFive: Bool) -> StudyTable {
    var columns: [StudyTable.Column] = [
      .init("method", .text), .init("numbers a picture", .count), .init("parameters", .count),
      .init("top-1 error", .share),
    ]
    if hasTopFive { columns.append(.init("top-5 error", .share)) }
    columns.append(.init("learning", .duration))
    return StudyTable(
      "Error on the same pictures", columns: columns,
      rows: rows.map { row -> [StudyTable.Cell] in
        var cells: [StudyTable.Cell] = [
          .text(row.method), .number(Double(row.features)), .number(Double(row.parameters)), .of(row.errors),
        ]
        if hasTopFive { cells.append(.of(row.evaluations.map { 1 - $0.top5 })) }
        cells.append(.number(row.seconds))
        return cells
      },
      note:
        "Mean and deviation over the seeds where there are several. Parameters are those that learned from these pictures: the "
        + "machines', of networks that were trained here all. Learning is, of features made by hand, everything from the "
        + "pictures to the machines; of networks, training without evaluations.")
  }

  /// The competition's own course, as the review tells it: top-5 errors by the competition's pages of results (2010: 0.28191,
  /// 2011: 0.25770, 2012: ISI 0.26172, SuperVision 0.16422 and 0.15315), on the test pictures of the year; what was entered in 2010
  /// by Lin et al. 2011. AlexNet's one network, on validation pictures: Krizhevsky et al. 2012, section 6 (18.2 %, five 16.4 %,
  /// seven 15.3 %). ResNet: He et al. 2015, section 4.1 (one network of 152 layers 4.49 % on validation pictures, six 3.57 %).
  private static let published: StudyTable = {
    let rows: [(year: Double, method: String, single: Double?, ensemble: Double?)] = [
      (2010, "NEC-UIUC: dense HOG and LBP, coded, linear SVM", nil, 0.282),
      (2011, "XRCE: dense SIFT and colour as Fisher vectors, linear SVM", nil, 0.258),
      (2012, "ISI: the best without a network, dense SIFT and others as Fisher vectors", nil, 0.262),
      (2012, "AlexNet: one network; five networks", 0.182, 0.164),
      (2012, "AlexNet: seven networks, two of them trained on ImageNet of autumn 2011 before", nil, 0.153),
      (2015, "ResNet: one network of 152 layers, many views; six networks", 0.0449, 0.0357),
    ]
    return StudyTable(
      "ImageNet's competition: top-5 error as published",
      columns: [
        .init("year", .number, isPublished: true), .init("entry", .text, isPublished: true),
        .init("one network", .share, isPublished: true), .init("as entered", .share, isPublished: true),
      ],
      rows: rows.map { row -> [StudyTable.Cell] in
        func cell(_ share: Double?) -> StudyTable.Cell {
          share.map(StudyTable.Cell.number) ?? StudyTable.Cell.none
        }
        return [.number(row.year), .text(row.method), cell(row.single), cell(row.ensemble)]
      },
      note:
        "1.2 million pictures of 1,000 classes. The competition's results of 2010 to 2012; Krizhevsky et al. 2012; He et al. 2015. "
        + "As entered, of test pictures; one network, of validation pictures."
    )
  }()

  private static func classes(_ rows: [BaselineRow], _ names: [String]) -> StudyTable {
    let listed = names.indices.prefix(listedClasses)
    var columns = [StudyTable.Column("class", .text)]
    columns += rows.map { StudyTable.Column($0.method, .share) }
    let cells = listed.map { label -> [StudyTable.Cell] in
      let errors = rows.map { StudyTable.Cell.of($0.errors(of: label)) }
      return [.text(ClassNames.readable(names[label]))] + errors
    }
    return StudyTable(
      "Error by class", columns: columns, rows: cells,
      note: names.count > listed.count ? "The first \(listed.count) of \(names.count) classes." : nil)
  }

  /// Classes in the order of the first method's error.
  private static func figure(_ rows: [BaselineRow], _ classes: Int) -> StudyFigure {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
    let order = (0..<classes).sorted { a, b in
      let (x, y) = (mean(rows.first?.errors(of: a) ?? []), mean(rows.first?.errors(of: b) ?? []))
      return (x, a) < (y, b)
    }
    return StudyFigure(
      "Error by class", xTitle: "classes, by the error of \(rows.first?.method ?? "the first row")",
      unit: .share,
      series: rows.prefix(8).map { row -> StudyFigure.Series in
        let points = order.enumerated().compactMap { place, label -> StudyFigure.Point? in
          let errors = row.errors(of: label)
          return errors.isEmpty ? nil : StudyFigure.Point(x: Double(place + 1), values: errors)
        }
        return StudyFigure.Series(row.method, points, isLine: false)
      })
  }

  private func differences(_ context: StudyContext, _ made: [BaselineRow], _ probed: [BaselineRow])
    -> [String]
  {
    var result = [
      "The data are \(counted(context.data.train.count, "picture")) of "
        + "\(counted(context.data.train.classNames.count, "class")); the competition's "
        + "were 1.2 million of 1,000. With few pictures features made by hand lose less.",
      "The entries of 2010 and 2011 described pictures by several features at full size, with spatial pyramids and far more "
        + "words; here each row is one feature of small pictures, and Fisher vectors see the whole picture alone.",
      "AlexNet here is torchvision's, without local response normalization and groups, one network on one crop; the published "
        + "numbers are of several networks and crops.",
      "The networks' best epoch is chosen on the measured pictures, which favours them a little; features made by hand are "
        + "chosen on training pictures alone.",
    ]
    let seeds = context.options.seeds.count
    if let made = made.first?.evaluations.count, made < seeds {
      result.append(
        "Features made by hand have \(counted(made, "seed")) of the \(seeds) that networks have: more do not fit into a third of the "
          + "budget.")
    }
    if !probed.isEmpty {
      result.append(
        "Published weights have seen ImageNet, and where the pictures are ImageNet's, perhaps these very pictures in training."
      )
    }
    return result
  }
}
