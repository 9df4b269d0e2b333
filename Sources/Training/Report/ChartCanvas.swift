import Foundation

/// What all charts are drawn on: two axes with their ticks, and elements placed by value, as inline SVG. Colours come from the
/// report's style sheet, by class.
struct ChartCanvas {
  /// Extents of the drawing, in SVG's units.
  struct Frame {
    let width, height, left, right, top, bottom: Double

    /// Of a figure in a report.
    static let figure = Frame(width: 420, height: 270, left: 58, right: 14, top: 12, bottom: 40)
    /// Of a picture of its own.
    static let picture = Frame(width: 720, height: 420, left: 70, right: 20, top: 20, bottom: 52)

    /// Where the axes end, to the right and at the foot.
    var end: Double { width - right }
    var foot: Double { height - bottom }
  }

  let frame: Frame
  let xAxis, yAxis: Axis
  private var parts: [String] = []

  init(x xAxis: Axis, y yAxis: Axis, frame: Frame = .figure) {
    (self.xAxis, self.yAxis, self.frame) = (xAxis, yAxis, frame)
  }

  func x(_ value: Double) -> Double { frame.left + xAxis.share(value) * (frame.end - frame.left) }

  /// What is far off the axis stands just beyond its end.
  func y(_ value: Double) -> Double {
    frame.foot - min(max(yAxis.share(value), -0.02), 1.02) * (frame.foot - frame.top)
  }

  /// Adds an element at places in SVG's units.
  /// - Parameters:
  ///   - name: of the element.
  ///   - style: its class.
  ///   - attributes: with their numbers.
  ///   - content: HTML.
  mutating func add(
    _ name: String, _ style: String, _ attributes: KeyValuePairs<String, Double>, _ content: String = ""
  ) {
    let placed = attributes.map { " \($0)=\"\(Self.number($1))\"" }.joined()
    parts.append("<\(name) class=\"\(style)\"\(placed)>\(content)</\(name)>")
  }

  mutating func addAxes(
    xTitle: String, xLabel: (Double) -> String = HTML.number, yLabel: (Double) -> String = HTML.number
  ) {
    for tick in yAxis.ticks {
      add("line", "grid", ["x1": frame.left, "x2": frame.end, "y1": y(tick), "y2": y(tick)])
      add("text", "tick end", ["x": frame.left - 8, "y": y(tick) + 4], HTML.escaped(yLabel(tick)))
    }
    for tick in xAxis.ticks {
      add("text", "tick middle", ["x": x(tick), "y": frame.foot + 20], HTML.escaped(xLabel(tick)))
    }
    add(
      "text", "tick middle", ["x": (frame.left + frame.end) / 2, "y": frame.foot + 37], HTML.escaped(xTitle))
  }

  /// A line through points, given by value.
  mutating func addLine(_ style: String, _ points: [(x: Double, y: Double)]) {
    parts.append("<polyline class=\"\(style)\" points=\"\(places(points))\"/>")
  }

  /// The area between two lines, given by value.
  mutating func addBand(_ style: String, _ points: [(x: Double, low: Double, high: Double)]) {
    let edge = points.map { ($0.x, $0.high) } + points.reversed().map { ($0.x, $0.low) }
    parts.append("<polygon class=\"\(style)\" points=\"\(places(edge))\"/>")
  }

  /// A circle around a point, given by value.
  /// - Parameter tip: what is said where it is pointed at.
  mutating func addCircle(
    _ style: String, radius: Double, at point: (x: Double, y: Double), tip: String? = nil
  ) {
    add(
      "circle", style, ["r": radius, "cx": x(point.x), "cy": y(point.y)],
      tip.map { "<title>\(HTML.escaped($0))</title>" } ?? "")
  }

  /// - Parameters:
  ///   - label: what it is for those who do not see it.
  ///   - style: a style sheet of its own, where it is no part of a report.
  func svg(label: String, style: String? = nil) -> String {
    let sheet = style.map { "<style>\($0)</style>\n" } ?? ""
    return """
      <svg\(style == nil ? "" : " xmlns=\"http://www.w3.org/2000/svg\"") \
      viewBox="0 0 \(Int(frame.width)) \(Int(frame.height))" role="img" aria-label="\(HTML.escaped(label))">
      \(sheet)\(parts.joined(separator: "\n"))
      </svg>
      """
  }

  private func places(_ points: [(x: Double, y: Double)]) -> String {
    points.map { "\(Self.number(x($0.x))),\(Self.number(y($0.y)))" }.joined(separator: " ")
  }

  private static func number(_ value: Double) -> String { String(format: "%.5g", value) }
}
