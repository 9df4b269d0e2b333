import Foundation

extension RunDescription {
  private var pretraining: PretrainingMethod? { card.task.flatMap { PretrainingMethod(rawValue: $0) } }

  /// What the network was trained for, in words: runs with the same words are measured by the same.
  var taskWords: String {
    switch pretraining {
    case .rotation?: return "learning without labels, rotation"
    case .simclr?: return "learning without labels, SimCLR"
    case nil: return card.detector != nil ? "detection" : card.task ?? ClassificationTask.name
    }
  }

  /// What a metric is called for people, and whether it is a share. The accuracy of learning without labels is none of classes.
  func metric(_ name: String) -> (title: String, isShare: Bool) {
    guard name == "accuracy" else { return (name, name == "top5") }
    switch pretraining {
    case .rotation?: return ("positions told", true)
    case .simclr?: return ("other views found", true)
    case nil: return (name, true)
    }
  }
}

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
    return metricNames.prefix(3).compactMap { name -> (value: String, name: String)? in
      guard let value = best.validation[name] else { return nil }
      let metric = description.metric(name)
      let text = metric.isShare ? HTML.percent(value) : HTML.number(value)
      return (text, "\(HTML.escaped(metric.title)), epoch \(best.epoch)")
    }
  }

  var metricCharts: [LineChart] {
    metricNames.compactMap { name -> LineChart? in
      let metric = description.metric(name)
      func label(_ value: Double) -> String {
        metric.isShare ? Self.percent(value) : HTML.number(value)
      }
      return chart(metric.title, label: label) { $0.metrics[name] }
    }
  }

  private static func percent(_ share: Double) -> String { "\(HTML.number(share * 100))\u{202F}%" }

  var partCharts: [LineChart] {
    partNames.compactMap { name in chart(name, spansDecades: true) { $0.parts[name] } }
  }

  /// A curve of what was measured in every epoch; nil where there is none.
  private func chart(
    _ title: String, label: @escaping (Double) -> String = HTML.number, spansDecades: Bool = false,
    _ value: (Measures) -> Double?
  ) -> LineChart? {
    let series = [
      LineChart.Series(name: "training", style: "train", values: records.compactMap { value($0.training) }),
      LineChart.Series(
        name: "validation", style: "validation", values: records.compactMap { value($0.validation) }),
    ].filter { $0.values.count == records.count }
    guard !series.isEmpty else { return nil }
    return LineChart(
      title: title, series: series, label: label, spansDecades: spansDecades, marked: best.epoch)
  }

  private var metricColumns: [(String, (EpochRecord) -> String)] {
    metricNames.map { name -> (String, (EpochRecord) -> String) in
      let metric = description.metric(name)
      func text(_ value: Double) -> String { metric.isShare ? HTML.percent(value) : HTML.number(value) }
      return (HTML.escaped(metric.title), { record in record.validation[name].map(text) ?? "" })
    }
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
        + metricColumns
    return [("epoch", { String($0.epoch) }), ("learning rate", { HTML.number($0.learningRate) })] + measures
      + [("time", { HTML.duration($0.seconds + $0.validationSeconds) })]
  }
}
