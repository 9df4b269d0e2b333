import Foundation

/// Points or lines over a number as a figure.
struct XYChart {
  /// What of a series' points is to be seen.
  enum Dots {
    case shown
    /// Where they are pointed at.
    case hidden
    /// Nothing; they say nothing either.
    case none
  }

  struct Series {
    let name: String
    /// The class of its elements in the style sheet: `train`, `validation`, `rate`, or `run0` to `run7`.
    let style: String
    let points: [(x: Double, y: Double)]
    /// The least and the greatest value of each point, as an area behind the line; nil where the point has one value alone.
    var band: [ClosedRange<Double>?] = []
    /// What a point says when it is pointed at; nil is its numbers.
    var tips: [String]?
    /// Whether a line goes through the points.
    var isLine = true
    var dots = Dots.shown
    /// The point with a ring around it.
    var marked: Int?
  }

  let title: String
  let xTitle: String
  let series: [Series]
  /// How a value reads on its axis and in a point's tip.
  var xLabel: (Double) -> String = HTML.number
  var yLabel: (Double) -> String = HTML.number
  /// Whether the x axis may be logarithmic.
  var spansDecades = false
  /// Whether the y axis may be.
  var valuesSpanDecades = false
  /// In place of those that the points ask for.
  var xAxis: Axis?
  var yAxis: Axis?
  /// What it is for those who do not see it; nil is the title by the x axis's.
  var spoken: String?
  /// Stands beside the title.
  var note: String?

  /// The chart as a figure.
  var html: String {
    let points = series.flatMap(\.points)
    let edges = series.flatMap { one in one.band.compactMap { $0 }.flatMap { [$0.lowerBound, $0.upperBound] }
    }
    var canvas = ChartCanvas(
      x: xAxis ?? Axis(points.map(\.x), spansDecades: spansDecades),
      y: yAxis ?? Axis(points.map(\.y) + edges, spansDecades: valuesSpanDecades))
    canvas.addAxes(xTitle: xTitle, xLabel: xLabel, yLabel: yLabel)
    // All areas first, so that none lies over a line.
    for one in series { draw(bandOf: one, on: &canvas) }
    for one in series { draw(one, on: &canvas) }
    return """
      <figure class="chart"><figcaption>\(HTML.escaped(title))\(legend)</figcaption>
      \(canvas.svg(label: spoken ?? "\(title) by \(xTitle)"))</figure>
      """
  }

  private func draw(bandOf one: Series, on canvas: inout ChartCanvas) {
    var band: [(x: Double, low: Double, high: Double)] = []
    for (point, range) in zip(one.points, one.band) {
      guard let range, point.x.isFinite, range.lowerBound.isFinite, range.upperBound.isFinite else {
        continue
      }
      band.append((point.x, range.lowerBound, range.upperBound))
    }
    guard !band.isEmpty else { return }
    if one.isLine && band.count > 1 { return canvas.addBand(one.style, band) }
    // Of single points a stroke.
    for (x, low, high) in band { canvas.addLine("\(one.style) range", [(x, low), (x, high)]) }
  }

  private func draw(_ one: Series, on canvas: inout ChartCanvas) {
    let finite = one.points.enumerated().filter { $1.x.isFinite && $1.y.isFinite }
    if one.isLine { canvas.addLine(one.style, finite.map(\.element)) }
    if one.dots != .none {
      for (index, point) in finite {
        let radius = one.dots == .hidden ? 0.0 : one.isLine ? 3 : 4
        canvas.addCircle("dot \(one.style)", radius: radius, at: point)
        canvas.addCircle("target", radius: 9, at: point, tip: tip(one, index))
      }
    }
    guard let marked = one.marked, one.points.indices ~= marked else { return }
    canvas.addCircle("mark \(one.style)", radius: 5, at: one.points[marked])
    if one.dots == .none {
      canvas.addCircle("target", radius: 9, at: one.points[marked], tip: tip(one, marked))
    }
  }

  private func tip(_ one: Series, _ index: Int) -> String {
    if let tips = one.tips { return tips[index] }
    let point = one.points[index]
    var text = "\(one.name), \(xTitle) \(xLabel(point.x)): \(yLabel(point.y))"
    if one.band.indices ~= index, let range = one.band[index] {
      text += " (\(yLabel(range.lowerBound)) to \(yLabel(range.upperBound)))"
    }
    return text
  }

  /// No names for one series: the title names it.
  private var legend: String {
    var keys: [String] = []
    if series.count > 1 {
      keys = series.map { "<span><i class=\"key \($0.style)\"></i>\(HTML.escaped($0.name))</span>" }
    }
    if let note { keys.append("<span>\(HTML.escaped(note))</span>") }
    return keys.isEmpty ? "" : "<span class=\"legend\">\(keys.joined())</span>"
  }
}
