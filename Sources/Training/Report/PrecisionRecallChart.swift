/// A class's curve of precision over recall as a figure.
struct PrecisionRecallChart {
  let result: DetectionEvaluation.ClassResult
  /// The score to mark.
  let score: Float

  /// The chart as a figure.
  var html: String {
    let curve = result.curve
    func percent(_ share: Double) -> String { HTML.percent(share, digits: 1) }
    let points = zip(curve.recall, curve.precision).map { (x: $0, y: $1) }
    let series = XYChart.Series(
      name: result.name, style: "validation", points: points,
      tips: points.map { "\(result.name): recall \(percent($0.x)), precision \(percent($0.y))" },
      dots: .none,
      // The last detection that has the score.
      marked: curve.scores.lastIndex { $0 >= score })
    let whole = Axis([0, 1], spansDecades: false)
    return XYChart(
      title: result.name, xTitle: "recall", series: [series], xAxis: whole, yAxis: whole,
      spoken: "\(result.name): precision by recall", note: "area \(result.vocArea.map(percent) ?? "–")"
    ).html
  }
}
