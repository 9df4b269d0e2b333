import Foundation

/// What a report shows of a detector: its metrics, classes, curves of precision and recall, and mistakes.
struct DetectionSections {
  let evaluation: DetectionEvaluation

  static let picturesTitle = "Pictures with the most mistakes"

  /// Of so many classes curves are shown, those with the most objects.
  private static let shownCurves = 24

  init(_ evaluation: DetectionEvaluation) { self.evaluation = evaluation }

  var html: String { [metrics, classes, curves, mistakes].joined(separator: "\n") }

  private func percent(_ value: Double?) -> String { value.map { HTML.percent($0, digits: 1) } ?? "–" }

  // MARK: Metrics

  private var metrics: String {
    let coco = evaluation.coco
    let rows: [(String, Double?)] = [
      ("Pascal VOC since 2010: area below the curve, IoU ≥ 0.5", evaluation.vocArea),
      ("Pascal VOC until 2009: eleven points, IoU ≥ 0.5", evaluation.voc07),
      ("COCO: IoU 0.5 to 0.95", coco.ap), ("COCO: IoU 0.5", coco.ap50), ("COCO: IoU 0.75", coco.ap75),
      ("COCO: small, below 32² pixels", coco.apSmall), ("COCO: medium", coco.apMedium),
      ("COCO: large, above 96² pixels", coco.apLarge), ("ILSVRC detection", evaluation.ilsvrc),
      ("COCO: recall, 1 detection", coco.ar1), ("COCO: recall, 10 detections", coco.ar10),
      ("COCO: recall, 100 detections", coco.ar100), ("COCO: recall, small", coco.arSmall),
      ("COCO: recall, medium", coco.arMedium), ("COCO: recall, large", coco.arLarge),
    ]
    let cells = rows.map { name, value in "<tr><th>\(HTML.escaped(name))</th><td>\(percent(value))</td></tr>"
    }
    return """
      <h2>Mean average precision</h2>
      <p>Each definition under its own name: their numbers are not to be compared. \(HTML.count(evaluation.objects)) objects \
      in \(HTML.count(evaluation.pictures)) pictures.</p>
      <div class="card"><table class="facts">\(cells.joined(separator: "\n"))</table></div>
      """
  }

  private var classes: String {
    let (found, absent) = (
      evaluation.classes.filter { $0.objects > 0 }, evaluation.classes.filter { $0.objects == 0 }
    )
    let rows = found.map { one in
      let numbers = [one.vocArea, one.voc07, one.coco, one.ilsvrc].map { "<td>\(percent($0))</td>" }.joined()
      return """
        <tr><td class="left">\(HTML.escaped(one.name))</td><td>\(HTML.count(one.objects))</td>\
        <td>\(HTML.count(one.detections))</td>\(numbers)</tr>
        """
    }
    let heads = ["objects", "detections", "VOC area", "VOC07", "COCO", "ILSVRC"].map { "<th>\($0)</th>" }
    let detections = absent.reduce(0) { $0 + $1.detections }
    let rest =
      absent.isEmpty
      ? ""
      : "\n<p>Without objects here: \(HTML.counted(absent.count, "class")), with \(HTML.counted(detections, "detection")).</p>"
    return """
      <h2>Classes</h2>\(rest)
      <div class="card"><table class="list"><thead><tr><th class="left">class</th>\(heads.joined())</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
      """
  }

  // MARK: Curves

  private var curves: String {
    let shown = evaluation.classes.enumerated().filter { $1.objects > 0 }
      .sorted { ($1.element.objects, $0.offset) < ($0.element.objects, $1.offset) }.prefix(Self.shownCurves)
    guard !shown.isEmpty else { return "" }
    let left = evaluation.classes.count { $0.objects > 0 } - shown.count
    let charts = shown.map { PrecisionRecallChart(result: $0.element, score: evaluation.score).html }
    return """
      <h2>Precision and recall</h2>
      <p>At an IoU of 0.5 by Pascal VOC's rules; the ring marks a score of \
      \(HTML.number(Double(evaluation.score))).\(left > 0 ? " Not shown: \(HTML.counted(left, "class")) with fewer objects." : "")</p>
      <section class="charts">\(charts.joined(separator: "\n"))</section>
      """
  }

  // MARK: Mistakes

  private var mistakes: String {
    let kinds = DetectionMistake.Kind.allCases
    let rows = evaluation.classes.filter { one in
      one.objects > 0 || kinds.contains { one.mistakes[$0] ?? 0 > 0 }
    }.map { one in
      let cells = kinds.map { "<td>\(HTML.count(one.mistakes[$0] ?? 0))</td>" }
      return "<tr><td class=\"left\">\(HTML.escaped(one.name))</td>\(cells.joined())</tr>"
    }
    let sums = kinds.map { "<td>\(HTML.count(evaluation.count($0)))</td>" }
    return """
      <h2>Mistakes</h2>
      <p>Of the detections with a score of at least \(HTML.number(Double(evaluation.score))). Localization: the right class \
      at an IoU from 0.1 to below 0.5. Classification: on an object of another class. Duplicate: an object found already. \
      Background: where there is nothing, an IoU below 0.1. Missed: an object that was not found, nor covered by a mistake \
      of localization or classification.</p>
      <div class="card"><table class="list"><thead><tr><th class="left">class</th>\
      \(kinds.map { "<th>\($0.rawValue)</th>" }.joined())</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))
      <tr class="best"><td class="left">all</td>\(sums.joined())</tr></tbody></table></div>
      """
  }
}
