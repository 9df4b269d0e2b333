import Foundation

/// The loss against the learning rate as a picture that needs nothing else.
public struct LearningRateChart {
  private let curve: LearningRateCurve

  private static let (width, height) = (720.0, 420.0)
  private static let (left, right, top, bottom) = (70.0, 20.0, 20.0, 52.0)
  private static let style = """
    svg { background: #fff; font: 13px system-ui, sans-serif; } .grid { stroke: #e1e6ec; } .tick { fill: #5b6878; }
    .raw { fill: none; stroke: #b9c6d6; stroke-width: 1.5; } .smooth { fill: none; stroke: #2a6fdb; stroke-width: 2.5; }
    .mark { stroke: #d9620c; stroke-width: 1.5; stroke-dasharray: 5 4; } .end { text-anchor: end; } .middle { text-anchor: middle; }
    .hint { fill: #d9620c; font-weight: 600; }
    """

  /// - Parameter curve: what is drawn.
  public init(_ curve: LearningRateCurve) { self.curve = curve }

  /// The picture as a file.
  public var svg: String {
    let points = curve.points
    let rates = Axis(points.map(\.rate), spansDecades: true)
    // Beyond twice the first loss the curve only says that it has diverged.
    let ceiling = 2 * (points.first?.smoothed ?? 1)
    let losses = Axis(points.map { min($0.smoothed, ceiling) }, spansDecades: false)
    func x(_ rate: Double) -> Double { Self.left + rates.share(rate) * (Self.width - Self.left - Self.right) }
    func y(_ loss: Double) -> Double {
      let share = min(max(losses.share(loss), -0.02), 1.02)
      return Self.height - Self.bottom - share * (Self.height - Self.top - Self.bottom)
    }
    var parts: [String] = []
    func text(_ style: String, _ x: Double, _ y: Double, _ text: String) {
      parts.append(
        "<text class=\"\(style)\" x=\"\(HTML.number(x))\" y=\"\(HTML.number(y))\">\(HTML.escaped(text))</text>"
      )
    }
    func line(_ style: String, _ from: (Double, Double), _ to: (Double, Double)) {
      let numbers = [from.0, from.1, to.0, to.1].map(HTML.number)
      parts.append(
        "<line class=\"\(style)\" x1=\"\(numbers[0])\" y1=\"\(numbers[1])\" x2=\"\(numbers[2])\" y2=\"\(numbers[3])\"/>"
      )
    }
    func draw(_ style: String, _ value: (LearningRateCurve.Point) -> Double) {
      let places = points.map { "\(HTML.number(x($0.rate))),\(HTML.number(y(value($0))))" }
      parts.append("<polyline class=\"\(style)\" points=\"\(places.joined(separator: " "))\"/>")
    }
    let (end, foot) = (Self.width - Self.right, Self.height - Self.bottom)
    for tick in losses.ticks {
      line("grid", (Self.left, y(tick)), (end, y(tick)))
      text("tick end", Self.left - 8, y(tick) + 4, HTML.number(tick))
    }
    for tick in rates.ticks { text("tick middle", x(tick), foot + 20, HTML.number(tick)) }
    text("tick middle", (Self.left + end) / 2, Self.height - 8, "learning rate")
    text("tick", 8, Self.top - 4, "loss")
    draw("raw") { min($0.loss, 2 * ceiling) }
    draw("smooth") { min($0.smoothed, 2 * ceiling) }
    if let rate = curve.suggestion {
      line("mark", (x(rate), Self.top), (x(rate), foot))
      text("hint", x(rate) + 6, Self.top + 14, String(format: "%.2g", rate))
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" \
      aria-label="Loss by learning rate">
      <style>\(Self.style)</style>
      \(parts.joined(separator: "\n"))
      </svg>

      """
  }

  /// The picture in a page with what it says.
  /// - Parameter title: plain text.
  public func page(title: String) -> String {
    let advice =
      curve.suggestion.map {
        "The smoothed loss is least at \(HTML.number($0 * 10)); a tenth of that, \(HTML.number($0)), is what to try as "
          + "the highest learning rate of a run."
      }
      ?? "The loss never fell clearly, or was still falling at the highest rate: there is nothing to suggest."
    return Report.page(
      title: title,
      body: """
        <header><p class="eyebrow">Colonnade learning-rate finder</p><h1>\(HTML.escaped(title))</h1></header>
        <p>\(advice) Grey is the loss of each step, blue its running mean. No weight was kept.</p>
        <div class="card">\(svg)</div>
        """)
  }
}
