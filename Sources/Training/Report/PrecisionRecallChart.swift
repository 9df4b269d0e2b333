import Foundation

/// A class's curve of precision over recall as inline SVG.
struct PrecisionRecallChart {
  let result: DetectionEvaluation.ClassResult
  /// The score to mark.
  let score: Float

  private static let (width, height) = (420.0, 270.0)
  private static let (left, right, top, bottom) = (58.0, 14.0, 12.0, 40.0)

  private func x(_ recall: Double) -> Double { Self.left + recall * (Self.width - Self.left - Self.right) }
  private func y(_ precision: Double) -> Double {
    Self.height - Self.bottom - precision * (Self.height - Self.top - Self.bottom)
  }

  /// The chart as a figure.
  var html: String {
    let curve = result.curve
    let title = HTML.escaped(result.name)
    let points = zip(curve.recall, curve.precision).map { String(format: "%.5g,%.5g", x($0), y($1)) }
    // The last detection that has the score.
    let place = curve.scores.lastIndex { $0 >= score }
    let mark = place.map { place in
      let (recall, precision) = (curve.recall[place], curve.precision[place])
      let text =
        "\(title): recall \(HTML.percent(recall, digits: 1)), precision \(HTML.percent(precision, digits: 1))"
      return """
        <circle class="mark validation" r="5" cx="\(HTML.number(x(recall)))" cy="\(HTML.number(y(precision)))"/>
        <circle class="target" r="9" cx="\(HTML.number(x(recall)))" cy="\(HTML.number(y(precision)))">\
        <title>\(text)</title></circle>
        """
    }
    let area = result.vocArea.map { HTML.percent($0, digits: 1) } ?? "–"
    return """
      <figure class="chart"><figcaption>\(title)<span class="legend">area \(area)</span></figcaption>
      <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" \
      aria-label="\(title): precision by recall">
      \(axes.joined(separator: "\n"))
      <polyline class="validation" points="\(points.joined(separator: " "))"/>
      \(mark ?? "")
      </svg></figure>
      """
  }

  private var axes: [String] {
    func text(_ style: String, _ x: Double, _ y: Double, _ text: String) -> String {
      "<text class=\"tick \(style)\" x=\"\(HTML.number(x))\" y=\"\(HTML.number(y))\">\(text)</text>"
    }
    let ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    let end = Self.width - Self.right
    return ticks.flatMap { tick in
      [
        """
        <line class="grid" x1="\(HTML.number(Self.left))" x2="\(HTML.number(end))" y1="\(HTML.number(y(tick)))" \
        y2="\(HTML.number(y(tick)))"/>
        """,
        text("end", Self.left - 8, y(tick) + 4, HTML.number(tick)),
        text("middle", x(tick), Self.height - 20, HTML.number(tick)),
      ]
    } + [text("middle", (Self.left + end) / 2, Self.height - 3, "recall")]
  }
}
