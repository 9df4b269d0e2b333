import Datasets

/// What a page shows of how a classifier did, whether it was measured by itself or in training: classes, calibration, frequency.
struct ClassificationSections {
  let evaluation: Evaluation
  /// What was measured, as text.
  let pictures: String
  /// At a temperature of 1.
  let calibration: Calibration?
  /// At the fitted one.
  let scaled: Calibration?
  /// Which pictures the temperature was fitted on.
  let temperaturePart: String?
  /// By how many pictures there are of a class.
  let frequency: ClassFrequency?

  /// Of a tile.
  static let calibrationError = "expected calibration error"

  var html: String {
    [Report.classes(of: evaluation, pictures: pictures), calibrationSection, frequencySection]
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var calibrationSection: String {
    guard let calibration else { return "" }
    var charts = [Self.reliability("As the network says", calibration)]
    var text = "Of pictures with a confidence of 80 % four in five should be right: on the grey line."
    if let scaled, let on = temperaturePart {
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

  private var frequencySection: String {
    guard let frequency, frequency.groups.count > 1 else { return "" }
    let shown = frequency.counts.enumerated().compactMap { label, count in
      evaluation.perClass[label].map { (label, count, $0) }
    }
    func percent(_ share: Double) -> String { "\(HTML.number(share * 100))\u{202F}%" }
    let chart = XYChart(
      title: "Accuracy by the class's pictures", xTitle: "pictures in \(frequency.part)",
      series: [
        XYChart.Series(
          name: "class", style: "validation", points: shown.map { (Double($0.1), $0.2) },
          tips: shown.map {
            "\(ClassNames.readable(evaluation.classNames[$0.0])): \(HTML.counted($0.1, "picture")), \(percent($0.2))"
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
