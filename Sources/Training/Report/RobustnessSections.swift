import Foundation

/// What a report shows of a classifier on corrupted and covered pictures.
struct RobustnessSections {
  let robustness: Robustness

  init(_ robustness: Robustness) { self.robustness = robustness }

  var html: String {
    """
    <h2>Corrupted pictures</h2>
    <p>The share of pictures not recognized, by strength; \(HTML.percent(robustness.cleanError)) as they are. \
    Corruptions and strengths are those of Hendrycks and Dietterich, 2019. \(summary)</p>
    <div class="card">\(table)</div>
    <section class="charts" style="margin-top:16px">\(curves)</section>
    <h2>Covered pictures</h2>
    <p>Accuracy where a grey square covers a growing share of each picture, and where a grey rectangle covers each place.</p>
    <section class="columns">\(coverage)<div class="card">\(places)</div></section>
    """
  }

  private var summary: String {
    var text = "Mean error \(HTML.percent(robustness.meanError))"
    if let error = robustness.meanCorruptionError {
      text += "; mCE against the baseline \(HTML.percent(error))\(robustness.extent(\.corruptionError))"
    }
    if let error = robustness.meanRelativeCorruptionError {
      text += ", relative mCE \(HTML.percent(error))\(robustness.extent(\.relativeCorruptionError))"
    }
    return text + "."
  }

  private var table: String {
    let hasBaseline = robustness.meanCorruptionError != nil
    let strengths = robustness.rows.first?.errors.indices.map { "<th>\($0 + 1)</th>" }.joined() ?? ""
    let rows = robustness.rows.map { row in
      let errors = row.errors.map { "<td>\(HTML.percent($0, digits: 1))</td>" }.joined()
      let ratios = [row.corruptionError, row.relativeCorruptionError].map { ratio in
        "<td>\(ratio.map { HTML.percent($0, digits: 1) } ?? "–")</td>"
      }
      return """
        <tr><td class="left">\(HTML.escaped(row.corruption.name))</td>\(errors)<td>\(HTML.percent(row.meanError, digits: 1))</td>\
        \(hasBaseline ? ratios.joined() : "")</tr>
        """
    }
    return """
      <table class="list"><thead><tr><th class="left">corruption</th>\(strengths)<th>mean</th>\
      \(hasBaseline ? "<th>CE</th><th>relative CE</th>" : "")</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table>
      """
  }

  private static func percent(_ share: Double) -> String { "\(HTML.number(share * 100))\u{202F}%" }

  private var curves: String {
    robustness.rows.map { row in
      let points: [(x: Double, y: Double)] =
        [(0, robustness.cleanError)] + row.errors.enumerated().map { (Double($0 + 1), $1) }
      return XYChart(
        title: "Error: \(row.corruption.name)", xTitle: "strength",
        series: [XYChart.Series(name: "error", style: "validation", points: points)], yLabel: Self.percent
      ).html
    }.joined(separator: "\n")
  }

  private var coverage: String {
    let points: [(x: Double, y: Double)] =
      [(0, 1 - robustness.cleanError)] + robustness.coverage.map { ($0.area, $0.accuracy) }
    return XYChart(
      title: "Accuracy by covered area", xTitle: "covered",
      series: [
        XYChart.Series(name: "accuracy", style: "train", points: points)
      ], xLabel: Self.percent, yLabel: Self.percent
    ).html
  }

  /// A cell for each place, the darker the more pictures are lost by covering it.
  private var places: String {
    let clean = 1 - robustness.cleanError
    let lost = robustness.occlusion.joined().map { max(clean - $0, 0) }.max() ?? 0
    let rows = robustness.occlusion.map { row in
      let cells = row.map { accuracy in
        let heat = lost > 0 ? max(clean - accuracy, 0) / lost : 0
        return """
          <td class="bad\(heat > 0.6 ? " strong" : "")" style="--heat:\(HTML.number(heat * 100))%">\
          \(HTML.percent(accuracy, digits: 1))</td>
          """
      }
      return "<tr>\(cells.joined())</tr>"
    }
    return """
      <p><strong>Accuracy by the place that is covered</strong></p>
      <table class="confusion"><tbody>\(rows.joined(separator: "\n"))</tbody></table>
      """
  }
}
