import Datasets
import Foundation

/// How a classifier did on labelled pictures as one self-contained HTML file: classes, calibration, frequency, mistakes. Nothing
/// in it is fetched from elsewhere.
///
///     try ClassificationReport(title: "resnet18 on cells", measurement).write(to: file)
public struct ClassificationReport: Sendable {
  /// What is reported.
  public let title: String
  /// How the classifier did.
  public let measurement: ClassifierMeasurement
  /// Pictures with what the network saw in them.
  public var pictures: [ExamplePicture]

  /// - Parameters:
  ///   - title: such as the network's name and the data's.
  ///   - measurement: how the classifier did.
  ///   - pictures: with what the network saw in them, as `ClassifierScores.examples` has them.
  public init(title: String, _ measurement: ClassifierMeasurement, pictures: [ExamplePicture] = []) {
    self.title = title
    self.measurement = measurement
    self.pictures = pictures
  }

  /// Writes the file, all of it or nothing.
  /// - Throws: ``TrainingError/output(file:reason:)``.
  public func write(to url: URL) throws {
    try TrainingError.writing(Data(html.utf8), to: url.path)
  }

  /// The file's content.
  public var html: String {
    let evaluation = measurement.evaluation
    let views = measurement.views.count
    let what = views == 1 ? "" : ", \(views) views of each"
    let mistakes = pictures.filter { !$0.isCorrect }
    let recognized = pictures.filter(\.isCorrect)
    return Report.page(
      title: title,
      body: """
        <header><p class="eyebrow">Colonnade evaluation report</p>
        <h1>\(HTML.escaped(title))</h1>
        <p>\(HTML.counted(evaluation.count, "picture"))\(what) · \
        \(HTML.counted(evaluation.classNames.count, "class"))</p></header>
        <section class="tiles">\(tiles)</section>
        \(Report.classes(of: evaluation, pictures: "the measured pictures"))
        \(calibration)
        \(frequency)
        \(measurement.robustness.map { RobustnessSections($0).html } ?? "")
        \(Report.gallery("Mistakes it was surest of", mistakes))\(Report.gallery("Recognized", recognized))
        <footer><p>Written by Colonnade.</p></footer>
        """)
  }

  private var tiles: String {
    let evaluation = measurement.evaluation
    var tiles = [(HTML.percent(evaluation.top1), "accuracy")]
    if evaluation.classNames.count > 5 {
      tiles.append((HTML.percent(evaluation.top5), "among the first five"))
    }
    tiles.append((HTML.percent(evaluation.balancedAccuracy), "mean of the classes' accuracies"))
    if let calibration = measurement.calibration {
      tiles.append((HTML.percent(calibration.error), "expected calibration error"))
    }
    return tiles.map { "<div class=\"tile\"><b>\($0)</b><span>\($1)</span></div>" }.joined()
  }

  private var calibration: String {
    guard let calibration = measurement.calibration else { return "" }
    var charts = [Self.reliability("As the network says", calibration)]
    var text = "Of pictures with a confidence of 80 % four in five should be right: on the grey line."
    if let scaled = measurement.scaled, let on = measurement.temperaturePart {
      charts.append(Self.reliability("At a temperature of \(HTML.number(scaled.temperature))", scaled))
      let bound = Calibration.bound(scaled.temperature).map { ", \($0)" } ?? ""
      text +=
        " The temperature\(bound), fitted on \(HTML.escaped(on)), divides the logits: the error becomes "
        + "\(HTML.percent(scaled.error)), the loss \(HTML.number(scaled.loss)) instead of \(HTML.number(calibration.loss))."
    }
    return """
      <h2>Calibration</h2>
      <p>\(text)</p>
      <section class="charts">\(charts.joined(separator: "\n"))</section>
      """
  }

  private static func reliability(_ title: String, _ calibration: Calibration) -> String {
    let bins = calibration.bins.filter { $0.count > 0 }
    func percent(_ share: Double) -> String { "\(HTML.number(share * 100))\u{202F}%" }
    return XYChart(
      title: "\(title): error \(HTML.percent(calibration.error))", xTitle: "confidence",
      series: [
        XYChart.Series(
          name: "calibrated", style: "rate", points: [(0, 0), (1, 1)], dots: .none),
        XYChart.Series(
          name: "right", style: "validation", points: bins.map { ($0.confidence, $0.accuracy) },
          tips: bins.map {
            "\(HTML.counted($0.count, "picture")) with a confidence of \(percent($0.confidence)): "
              + "\(percent($0.accuracy)) right"
          }),
      ], xLabel: percent, yLabel: percent
    ).html
  }

  private var frequency: String {
    guard let frequency = measurement.frequency, frequency.groups.count > 1 else { return "" }
    let shown = frequency.counts.enumerated().compactMap { label, count in
      measurement.evaluation.perClass[label].map { (label, count, $0) }
    }
    func percent(_ share: Double) -> String { "\(HTML.number(share * 100))\u{202F}%" }
    let chart = XYChart(
      title: "Accuracy by the class's pictures", xTitle: "pictures in \(frequency.part)",
      series: [
        XYChart.Series(
          name: "class", style: "validation", points: shown.map { (Double($0.1), $0.2) },
          tips: shown.map {
            "\(ClassNames.readable(measurement.evaluation.classNames[$0.0])): \(HTML.counted($0.1, "picture")), \(percent($0.2))"
          }, isLine: false)
      ], yLabel: percent, spansDecades: true)
    let rows = frequency.groups.map {
      """
      <tr><td>\($0.classes)</td><td>\($0.fewest) – \($0.most)</td><td>\(HTML.percent($0.accuracy))</td></tr>
      """
    }
    let rank = frequency.correlation.map { " Rank correlation \(HTML.number($0))." } ?? ""
    return """
      <h2>Frequent and rare classes</h2>
      <p>Pictures of each class in \(HTML.escaped(frequency.part)) against the share of it that is recognized.\(rank)</p>
      <section class="columns">\(chart.html)<div class="card"><table class="list"><thead><tr><th>classes</th>\
      <th>pictures each</th><th>mean accuracy</th></tr></thead><tbody>\(rows.joined(separator: "\n"))</tbody></table></div></section>
      """
  }
}
