/// Curves over epochs as a figure.
struct LineChart {
  struct Series {
    let name: String
    /// The class of its elements in the style sheet: `train`, `validation` or `rate`.
    let style: String
    /// A value an epoch, from epoch 1.
    let values: [Double]
  }

  let title: String
  let series: [Series]
  /// How a value reads on the axis and in a point's tip.
  let label: (Double) -> String
  /// Whether the axis may be logarithmic.
  var spansDecades = false
  /// The epoch to mark on the last series.
  var marked: Int?

  /// The chart as a figure.
  var html: String {
    let epochs = series.map(\.values.count).max() ?? 0
    let curves = series.enumerated().map { place, one in
      XYChart.Series(
        name: one.name, style: one.style, points: one.values.enumerated().map { (Double($0 + 1), $1) },
        // A curve of one point has no line to be seen.
        dots: epochs == 1 ? .shown : .hidden,
        marked: place == series.count - 1 ? marked.map { $0 - 1 } : nil)
    }
    return XYChart(
      title: title, xTitle: "epoch", series: curves, xLabel: { String(Int($0)) }, yLabel: label,
      valuesSpanDecades: spansDecades, xAxis: Axis(epochs: epochs)
    ).html
  }
}
