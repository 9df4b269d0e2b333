import Foundation

/// Points or lines over a number as inline SVG. Colours come from the report's style sheet, by class.
struct XYChart {
  struct Series {
    let name: String
    /// The class of its elements in the style sheet: `train`, `validation` or `rate`.
    let style: String
    let points: [(x: Double, y: Double)]
    /// What a point says when it is pointed at; nil is its numbers.
    var tips: [String]?
    /// Whether a line goes through the points.
    var isLine = true
    /// Whether its points are shown.
    var hasDots = true
  }

  let title: String
  let xTitle: String
  let series: [Series]
  /// How a value reads on its axis and in a point's tip.
  var xLabel: (Double) -> String = HTML.number
  var yLabel: (Double) -> String = HTML.number
  /// Whether the x axis may be logarithmic.
  var spansDecades = false

  private static let (width, height) = (420.0, 270.0)
  private static let (left, right, top, bottom) = (58.0, 14.0, 12.0, 40.0)

  /// The chart as a figure.
  var html: String {
    let points = series.flatMap(\.points)
    let (xAxis, yAxis) = (
      Axis(points.map(\.x), spansDecades: spansDecades), Axis(points.map(\.y), spansDecades: false)
    )
    let end = Self.width - Self.right
    func x(_ value: Double) -> Double { Self.left + xAxis.share(value) * (end - Self.left) }
    func y(_ value: Double) -> Double {
      Self.height - Self.bottom - yAxis.share(value) * (Self.height - Self.top - Self.bottom)
    }
    var parts: [String] = []
    func add(_ name: String, _ style: String, _ attributes: KeyValuePairs<String, Double>, text: String = "")
    {
      let placed = attributes.map { " \($0)=\"\(String(format: "%.5g", $1))\"" }.joined()
      parts.append("<\(name) class=\"\(style)\"\(placed)>\(text)</\(name)>")
    }
    for tick in yAxis.ticks {
      add("line", "grid", ["x1": Self.left, "x2": end, "y1": y(tick), "y2": y(tick)])
      add("text", "tick end", ["x": Self.left - 8, "y": y(tick) + 4], text: HTML.escaped(yLabel(tick)))
    }
    for tick in xAxis.ticks {
      add("text", "tick middle", ["x": x(tick), "y": Self.height - 20], text: HTML.escaped(xLabel(tick)))
    }
    add(
      "text", "tick middle", ["x": (Self.left + end) / 2, "y": Self.height - 3], text: HTML.escaped(xTitle))
    for one in series {
      let finite = one.points.enumerated().filter { $1.x.isFinite && $1.y.isFinite }
      if one.isLine {
        let line = finite.map { String(format: "%.5g,%.5g", x($1.x), y($1.y)) }
        parts.append("<polyline class=\"\(one.style)\" points=\"\(line.joined(separator: " "))\"/>")
      }
      guard one.hasDots else { continue }
      for (index, point) in finite {
        let tip = one.tips?[index] ?? "\(one.name), \(xLabel(point.x)): \(yLabel(point.y))"
        add("circle", "dot \(one.style)", ["r": one.isLine ? 3 : 4, "cx": x(point.x), "cy": y(point.y)])
        add(
          "circle", "target", ["r": 9, "cx": x(point.x), "cy": y(point.y)],
          text: "<title>\(HTML.escaped(tip))</title>")
      }
    }
    return """
      <figure class="chart"><figcaption>\(HTML.escaped(title))\(legend)</figcaption>
      <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" \
      aria-label="\(HTML.escaped("\(title) by \(xTitle)"))">
      \(parts.joined(separator: "\n"))
      </svg></figure>
      """
  }

  /// None for one series: the title names it.
  private var legend: String {
    guard series.count > 1 else { return "" }
    let keys = series.map { "<span><i class=\"key \($0.style)\"></i>\(HTML.escaped($0.name))</span>" }
    return "<span class=\"legend\">\(keys.joined())</span>"
  }
}
