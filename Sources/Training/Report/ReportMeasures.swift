import Foundation

/// What a report shows of tasks other than classification: losses' parts and metrics by their names.
extension Report {
  var isClassification: Bool { description.card.task == nil }

  /// In the order of the alphabet.
  private var metricNames: [String] {
    Set(records.flatMap { Array($0.training.metrics.keys) + Array($0.validation.metrics.keys) }).sorted()
  }

  private var partNames: [String] {
    Set(records.flatMap { Array($0.training.parts.keys) + Array($0.validation.parts.keys) }).sorted()
  }

  /// Of a detector the metrics that people compare, by their full names; else the first ones.
  var metricTiles: [(value: String, name: String)] {
    let shares = [("map50", "mAP at IoU 0.5, VOC area"), ("map50_07", "mAP, VOC07"), ("map", "mAP, COCO")]
    let known = shares.compactMap { name, title in
      best.validation[name].map { (HTML.percent($0, digits: 1), "\(title), epoch \(best.epoch)") }
    }
    if detection != nil && !known.isEmpty { return known }
    return metricNames.prefix(3).compactMap { name in
      best.validation[name].map { (HTML.number($0), "\(HTML.escaped(name)), epoch \(best.epoch)") }
    }
  }

  var metricCharts: [LineChart] { metricNames.compactMap { name in chart(name) { $0.metrics[name] } } }

  var partCharts: [LineChart] {
    partNames.compactMap { name in chart(name, spansDecades: true) { $0.parts[name] } }
  }

  /// A curve of what was measured in every epoch; nil where there is none.
  private func chart(
    _ title: String, spansDecades: Bool = false, _ value: (Measures) -> Double?
  ) -> LineChart? {
    let series = [
      LineChart.Series(name: "training", style: "train", values: records.compactMap { value($0.training) }),
      LineChart.Series(
        name: "validation", style: "validation", values: records.compactMap { value($0.validation) }),
    ].filter { $0.values.count == records.count }
    guard !series.isEmpty else { return nil }
    return LineChart(
      title: title, series: series, label: HTML.number, spansDecades: spansDecades, marked: best.epoch)
  }

  /// The table's heads and its cells of an epoch.
  var columns: [(head: String, cell: (EpochRecord) -> String)] {
    let measures: [(String, (EpochRecord) -> String)] =
      isClassification
      ? [
        ("training loss", { HTML.number($0.trainLoss) }),
        ("training accuracy", { HTML.percent($0.trainAccuracy) }),
        ("validation loss", { HTML.number($0.validationLoss) }),
        ("validation accuracy", { HTML.percent($0.validationAccuracy) }),
        ("top-5", { HTML.percent($0.validationTop5) }),
      ]
      : [
        ("training loss", { HTML.number($0.trainLoss) }),
        ("validation loss", { HTML.number($0.validationLoss) }),
      ]
        + metricNames.map { name in
          (HTML.escaped(name), { $0.validation[name].map(HTML.number) ?? "" })
        }
    return [("epoch", { String($0.epoch) }), ("learning rate", { HTML.number($0.learningRate) })] + measures
      + [("time", { HTML.duration($0.seconds + $0.validationSeconds) })]
  }
}
