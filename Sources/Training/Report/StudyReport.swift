import Engine
import Foundation

/// What one or several studies found as one self-contained HTML file: tables with published numbers apart, figures with bands over
/// the seeds, in what they are not the review's experiments, and what is needed to do them again. Nothing in it is fetched from
/// elsewhere.
///
///     try StudyReport([result]).write(to: file)
public struct StudyReport: Sendable {
  /// In the order in which they are shown.
  public let results: [StudyResult]

  /// - Parameter results: at least one.
  public init(_ results: [StudyResult]) {
    precondition(!results.isEmpty, "StudyReport: no results")
    self.results = results
  }

  /// Writes the file, all of it or nothing.
  /// - Throws: ``TrainingError/output(file:reason:)``.
  public func write(to url: URL) throws { try TrainingError.writing(Data(html.utf8), to: url.path) }

  /// The file's content.
  public var html: String {
    let names = results.map(\.study)
    let title = results.count == 1 ? "Study: \(names[0])" : "\(results.count) studies"
    let seconds = results.reduce(0) { $0 + $1.seconds }
    let header = """
      <header><p class="eyebrow">Colonnade study report</p><h1>\(HTML.escaped(title))</h1>
      <p>\(HTML.escaped(names.joined(separator: " · "))) · \(StudyTable.Unit.duration.text(seconds)) of work</p></header>
      """
    let attributions = Set(results.compactMap(\.attribution)).sorted()
    let footer =
      "<footer>\(attributions.map { "<p>Data: \(HTML.escaped($0))</p>" }.joined())<p>Written by Colonnade.</p></footer>"
    return Report.page(
      title: title,
      body: ([header] + results.map(Self.section) + [footer]).joined(separator: "\n"))
  }

  // MARK: Parts

  private static func section(_ result: StudyResult) -> String {
    if let failure = result.failure {
      return """
        <section class="study"><h2>\(HTML.escaped(result.study)): \(HTML.escaped(result.question))</h2>
        <p><strong>Not done:</strong> \(HTML.escaped(failure))</p>
        </section>
        """
    }
    let text = result.paragraphs.map { "<p>\(HTML.escaped($0))</p>" }.joined(separator: "\n")
    let charts = result.figures.map(figure).joined(separator: "\n")
    return """
      <section class="study"><h2>\(HTML.escaped(result.study)): \(HTML.escaped(result.question))</h2>
      \(text)
      \(result.tables.map(table).joined(separator: "\n"))
      \(charts.isEmpty ? "" : "<h3>Figures</h3>\n<section class=\"charts\">\(charts)</section>")
      \(differences(result))
      \(Report.origin(command: result.command, facts: result.facts))
      </section>
      """
  }

  private static func table(_ table: StudyTable) -> String {
    func style(_ column: StudyTable.Column) -> String {
      let names = [column.unit == .text ? "left" : nil, column.isPublished ? "published" : nil]
      let all = names.compactMap { $0 }.joined(separator: " ")
      return all.isEmpty ? "" : " class=\"\(all)\""
    }
    let heads = table.columns.map { "<th\(style($0))>\(HTML.escaped($0.head))</th>" }
    let rows = table.rows.map { row in
      let cells = zip(table.columns, row).map { "<td\(style($0))>\(HTML.escaped($0.text($1)))</td>" }
      return "<tr>\(cells.joined())</tr>"
    }
    // What is wider still than its card is scrolled in it.
    let isWide = table.columns.count > 8
    return """
      <h3>\(HTML.escaped(table.title))</h3>
      <div class="card"><table class="list\(isWide ? " wide" : "")"><thead><tr>\(heads.joined())</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
      \(table.note.map { "<p class=\"note\">\(HTML.escaped($0))</p>" } ?? "")
      """
  }

  private static func figure(_ figure: StudyFigure) -> String {
    precondition(
      figure.series.count <= Report.runColourCount, "StudyReport: \(figure.series.count) series in one figure"
    )
    let series = figure.series.enumerated().map { place, one in
      XYChart.Series(
        name: one.name, style: "run\(place)", points: one.points.map { ($0.x, $0.y) },
        band: one.points.map(band), isLine: one.isLine,
        // Of curves over many epochs dots would be all that is seen.
        dots: one.isLine && one.points.count > 12 ? .hidden : .shown)
    }
    // Epochs and layers are counted.
    let places = figure.series.flatMap { $0.points.map(\.x) }
    let isCounted =
      !figure.spansDecades && places.min() == 1 && places.allSatisfy { $0 == $0.rounded() && $0 < 1e6 }
    return XYChart(
      title: figure.title, xTitle: figure.xTitle, series: series, yLabel: figure.unit.label,
      spansDecades: figure.spansDecades, valuesSpanDecades: figure.valuesSpanDecades,
      xAxis: isCounted ? Axis(epochs: Int(places.max() ?? 1)) : nil
    ).html
  }

  private static func band(_ point: StudyFigure.Point) -> ClosedRange<Double>? {
    guard let low = point.low, let high = point.high, low <= high else { return nil }
    return low...high
  }

  private static func differences(_ result: StudyResult) -> String {
    guard !result.differences.isEmpty else { return "" }
    let items = result.differences.map { "<li>\(HTML.escaped($0))</li>" }
    return "<h3>What differs from the published experiments</h3>\n<ul>\(items.joined(separator: "\n"))</ul>"
  }
}

extension StudyResult {
  /// Where, when and for how long it was done, for people.
  public var facts: [(name: String, value: String)] {
    var facts: [(name: String, value: String)] = []
    if let environment {
      facts += environment.facts + earlierFacts(unlike: environment)
    }
    return facts + [("time", StudyTable.Unit.duration.text(seconds))]
  }

  /// When a part was measured before, and what was otherwise then.
  private func earlierFacts(unlike environment: RunEnvironment) -> [(name: String, value: String)] {
    var groups: [(differences: [String], dates: [String])] = []
    for earlier in earlierEnvironments ?? [] {
      let differences = earlier.differences(from: environment)
      if let place = groups.firstIndex(where: { $0.differences == differences }) {
        groups[place].dates.append(earlier.date)
      } else {
        groups.append((differences, [earlier.date]))
      }
    }
    return groups.map { differences, dates in
      let (first, last) = (dates.min()!, dates.max()!)
      let time = first == last ? first : "\(first) to \(last)"
      return ("in part measured", ([time] + differences).joined(separator: ", "))
    }
  }
}
