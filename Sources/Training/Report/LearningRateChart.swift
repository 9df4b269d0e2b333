import Foundation

/// The loss against the learning rate as a picture that needs nothing else.
public struct LearningRateChart {
  private let curve: LearningRateCurve

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
    var canvas = ChartCanvas(x: rates, y: losses, frame: .picture)
    canvas.addAxes(xTitle: "learning rate")
    let frame = canvas.frame
    canvas.add("text", "tick", ["x": 8, "y": frame.top - 4], "loss")
    canvas.addLine("raw", points.map { ($0.rate, min($0.loss, 2 * ceiling)) })
    canvas.addLine("smooth", points.map { ($0.rate, min($0.smoothed, 2 * ceiling)) })
    if let rate = curve.suggestion {
      let x = canvas.x(rate)
      canvas.add("line", "mark", ["x1": x, "x2": x, "y1": frame.top, "y2": frame.foot])
      canvas.add("text", "hint", ["x": x + 6, "y": frame.top + 14], String(format: "%.2g", rate))
    }
    return canvas.svg(label: "Loss by learning rate", style: Self.style) + "\n"
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
