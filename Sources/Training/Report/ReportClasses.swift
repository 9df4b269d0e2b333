import Datasets
import Foundation

extension Report {
  /// Up to this many classes the confusion matrix is shown whole.
  private static let wholeMatrix = 40
  /// Of more classes than fit, these many that did worst.
  private static let shownClasses = 20

  /// What is known of how a classifier's best weights did.
  var classes: String {
    guard let evaluation else { return "" }
    return ClassificationSections(
      evaluation: evaluation, pictures: "validation pictures, best weights",
      calibration: evaluation.calibration, scaled: evaluation.scaled,
      temperaturePart: evaluation.scaled.map { _ in "the validation pictures themselves" },
      frequency: frequency
    ).html
  }

  /// By the classes' training pictures; nil where the run's files do not tell them, or tell others.
  private var frequency: ClassFrequency? {
    guard let evaluation, let counts = description.classPictures,
      counts.count == evaluation.perClass.count, counts.allSatisfy({ $0 >= 0 })
    else { return nil }
    return ClassFrequency(evaluation, counts: counts, part: DataSource<Int>.Part.train.rawValue)
  }

  /// The confusion matrix, the accuracy of each class, and the mistakes made most often.
  /// - Parameter pictures: what was measured, as text.
  static func classes(of evaluation: Evaluation, pictures: String) -> String {
    var parts: [String] = []
    if evaluation.classNames.count <= Self.wholeMatrix {
      parts.append(
        """
        <h2>Confusion matrix</h2>
        <p>Rows are what the pictures show, columns what the network saw; \(HTML.escaped(pictures)).</p>
        <div class="card">\(Self.matrix(evaluation))</div>
        """)
    }
    parts.append(
      "<h2>Classes</h2>\n<section class=\"columns\">\(Self.bars(evaluation))\(Self.mistakes(evaluation))</section>"
    )
    return parts.joined(separator: "\n")
  }

  private static func matrix(_ evaluation: Evaluation) -> String {
    let readable = evaluation.classNames.map { ClassNames.readable($0) }
    let names = readable.map(HTML.escaped)
    let rows = evaluation.confusion.enumerated().map { truth, row in
      let total = row.reduce(0, +)
      let cells = row.enumerated().map { predicted, pictures -> String in
        guard pictures > 0 else { return "<td class=\"none\">·</td>" }
        let share = Double(pictures) / Double(total)
        let isRight = truth == predicted
        // Mistakes are few: by the root of their share they can be seen.
        let heat = isRight ? share : 0.15 + 0.85 * share.squareRoot()
        let tip = "\(names[truth]) seen as \(names[predicted]): \(pictures) of \(total)"
        return """
          <td class="\(isRight ? "good" : "bad")\(heat > 0.6 ? " strong" : "")" \
          style="--heat:\(HTML.number(heat * 100))%" title="\(tip)">\(pictures)</td>
          """
      }
      return "<tr><th scope=\"row\">\(names[truth])</th>\(cells.joined())</tr>"
    }
    let isLong = readable.contains { $0.count > 4 }
    return """
      <table class="confusion\(isLong ? " long" : "")"><thead><tr><th></th>\
      \(names.map { "<th scope=\"col\">\($0)</th>" }.joined())</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table>
      """
  }

  private static func bars(_ evaluation: Evaluation) -> String {
    var shown = evaluation.perClass.enumerated().compactMap { label, share in share.map { (label, $0) } }
    var title = "Accuracy of each class"
    if evaluation.classNames.count > wholeMatrix {
      shown = Array(shown.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(shownClasses))
      title = "The \(HTML.counted(shown.count, "class")) that did worst"
    }
    let bars = shown.map { label, share in
      """
      <span class="name">\(HTML.escaped(ClassNames.readable(evaluation.classNames[label])))</span>\
      <span class="bar"><i style="width:\(HTML.number(share * 100))%"></i></span>\
      <span class="value">\(HTML.percent(share, digits: 1))</span>
      """
    }
    return
      "<div class=\"card\"><p><strong>\(title)</strong></p><div class=\"bars\">\(bars.joined(separator: "\n"))</div></div>"
  }

  private static func mistakes(_ evaluation: Evaluation) -> String {
    let rows = evaluation.worstConfusions(10).map { mistake in
      """
      <tr><td class="left">\(HTML.escaped(ClassNames.readable(evaluation.classNames[mistake.truth])))</td>\
      <td class="left">\(HTML.escaped(ClassNames.readable(evaluation.classNames[mistake.predicted])))</td><td>\(mistake.pictures)</td></tr>
      """
    }
    let table =
      rows.isEmpty
      ? "<p>None: every picture was recognized.</p>"
      : """
      <table class="list"><thead><tr><th class="left">shows</th><th class="left">seen as</th><th>pictures</th></tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table>
      """
    return "<div class=\"card\"><p><strong>Mistakes made most often</strong></p>\(table)</div>"
  }
}
