import Foundation

/// Several training runs beside each other as one self-contained HTML file: what each came to, their curves in one figure each, and
/// in what their recipes differ.
///
///     try ComparisonReport(runs: folders).write(to: file)
public struct ComparisonReport: Sendable {
  /// The runs in the order given, by the names of their folders.
  public let runs: [(name: String, report: Report)]

  /// Reads the runs' files.
  /// - Parameter folders: that a ``Trainer`` wrote, at least two and at most eight; in each at least one epoch must be done.
  /// - Throws: ``TrainingError/unreadable(file:reason:)``, ``TrainingError/malformed(file:reason:)``.
  public init(runs folders: [URL]) throws {
    precondition(
      2...Report.runColourCount ~= folders.count, "ComparisonReport: \(folders.count) runs, not 2 to 8")
    let reports = try folders.map { try Report(run: $0) }
    runs = zip(Self.names(of: folders), reports).map { ($0, $1) }
  }

  /// The most runs that one report can hold.
  public static let mostRuns = Report.runColourCount

  /// Writes the file, all of it or nothing.
  /// - Throws: ``TrainingError/output(file:reason:)``.
  public func write(to url: URL) throws { try TrainingError.writing(Data(html.utf8), to: url.path) }

  /// The file's content.
  public var html: String {
    let title = "\(runs.count) runs compared"
    let header = """
      <header><p class="eyebrow">Colonnade training report</p><h1>\(title)</h1>
      <p>\(HTML.escaped(runs.map(\.name).joined(separator: " · ")))</p></header>
      """
    return Report.page(
      title: title, body: [header, results, curves, recipes, footer].joined(separator: "\n"))
  }

  /// The places of the runs of each task, in the order of the runs: what they are measured by is compared within a task alone.
  private var tasks: [(name: String, places: [Int])] {
    var tasks: [(name: String, places: [Int])] = []
    for (place, run) in runs.enumerated() {
      let name = run.report.description.taskWords
      if let known = tasks.firstIndex(where: { $0.name == name }) {
        tasks[known].places.append(place)
      } else {
        tasks.append((name, [place]))
      }
    }
    return tasks
  }

  /// The last parts of the folders' paths, as many as tell them apart.
  private static func names(of folders: [URL]) -> [String] {
    let parts = folders.map { $0.standardizedFileURL.pathComponents }
    for length in 1...max(parts.map(\.count).max() ?? 1, 1) {
      let names = parts.map { $0.suffix(length).joined(separator: "/") }
      if Set(names).count == names.count { return names }
    }
    return folders.enumerated().map { "\($1.lastPathComponent) (\($0 + 1))" }
  }

  // MARK: Parts

  /// By what a task compares epochs, of those that all of its runs have measured.
  private func metrics(_ places: [Int]) -> [(name: String, title: String)] {
    let accuracy = runs[places[0]].report.description.metric("accuracy").title
    let known = [
      ("accuracy", accuracy), ("top5", "top-5"), ("map50", "mAP at IoU 0.5"), ("map", "mAP, COCO"),
    ]
    return known.filter { name, _ in places.allSatisfy { runs[$0].report.best.validation[name] != nil } }
  }

  private var results: String {
    let tasks = tasks
    let tables = tasks.map { task in
      (tasks.count > 1 ? "<h3>\(HTML.escaped(task.name))</h3>\n" : "") + results(task.places)
    }
    return """
      <h2>Results</h2>
      <p>Of the best epoch of each, on its validation pictures.</p>
      \(tables.joined(separator: "\n"))
      """
  }

  /// Of one task.
  private func results(_ places: [Int]) -> String {
    let metrics = metrics(places)
    let heads =
      ["run", "network", "data"] + metrics.map(\.title)
      + ["validation loss", "best epoch", "epochs", "training", "pictures/s"]
    let rows = places.map { place in
      let run = runs[place]
      let (report, best) = (run.report, run.report.best)
      let seconds = report.records.reduce(0) { $0 + $1.seconds }
      let speed = report.records.reduce(0) { $0 + $1.picturesPerSecond } / Double(report.records.count)
      let measured = metrics.map { HTML.percent(best.validation[$0.name] ?? .nan) }
      let texts = [
        "<i class=\"key run\(place)\"></i>\(HTML.escaped(run.name))",
        HTML.escaped(report.description.card.network),
        HTML.escaped(report.description.data),
      ]
      let numbers =
        measured + [
          HTML.number(best.validation.loss), String(best.epoch),
          "\(report.records.count) of \(report.description.configuration.epochs)", HTML.duration(seconds),
          HTML.count(Int(min(max(speed, 0), 1e15).rounded())),
        ]
      return
        "<tr>\(texts.map { "<td class=\"left\">\($0)</td>" }.joined())\(numbers.map { "<td>\($0)</td>" }.joined())</tr>"
    }
    let columns = heads.enumerated().map { "<th\($0 < 3 ? " class=\"left\"" : "")>\($1)</th>" }
    return """
      <div class="card"><table class="list"><thead><tr>\(columns.joined())</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
      """
  }

  private var curves: String {
    let tasks = tasks
    func chart(
      _ title: String, _ places: [Int], _ label: @escaping (Double) -> String, spansDecades: Bool = false,
      _ value: (EpochRecord) -> Double?
    ) -> String {
      let series = places.map { place in
        LineChart.Series(
          name: runs[place].name, style: "run\(place)",
          values: runs[place].report.records.map { value($0) ?? .nan })
      }
      // What a run has not measured in every epoch has no curve.
      let whole = series.filter { $0.values.allSatisfy(\.isFinite) }
      guard !whole.isEmpty else { return "" }
      return LineChart(title: title, series: whole, label: label, spansDecades: spansDecades).html
    }
    func percent(_ value: Double) -> String { "\(HTML.number(value * 100))\u{202F}%" }
    let measures = tasks.flatMap { task -> [String] in
      let (places, name) = (task.places, tasks.count > 1 ? ": \(task.name)" : "")
      let shares = metrics(places).map { metric in
        chart("Validation \(metric.title)\(name)", places, percent) { $0.validation[metric.name] }
      }
      return shares + [
        chart("Validation loss\(name)", places, HTML.number, spansDecades: true) { $0.validation.loss },
        chart("Training loss\(name)", places, HTML.number, spansDecades: true) { $0.training.loss },
      ]
    }
    let all = Array(runs.indices)
    let rates = chart("Learning rate at the epoch's end", all, HTML.number) { $0.learningRate }
    return """
      <h2>Curves</h2>
      <p>Training losses are those that were minimized: with other recipes they are not the same measure.</p>
      <section class="charts">\((measures + [rates]).joined(separator: "\n"))</section>
      """
  }

  private var recipes: String {
    let facts = runs.map { run in
      Dictionary(run.report.description.facts.map { ($0.name, $0.value) }) { first, _ in first }
    }
    var names: [String] = []
    for run in runs {
      for fact in run.report.description.facts where !names.contains(fact.name) { names.append(fact.name) }
    }
    let different = names.filter { name in Set(facts.map { $0[name] ?? "" }).count > 1 }
    let rows = different.map { name in
      let cells = facts.map { "<td class=\"left\">\(HTML.escaped($0[name] ?? "–"))</td>" }
      return "<tr><td class=\"left\">\(HTML.escaped(name))</td>\(cells.joined())</tr>"
    }
    guard !rows.isEmpty else { return "<h2>Recipes</h2>\n<p>All runs have the same recipe.</p>" }
    let heads = runs.map { "<th class=\"left\">\(HTML.escaped($0.name))</th>" }
    return """
      <h2>What differs in the recipes</h2>
      <div class="card"><table class="list"><thead><tr><th></th>\(heads.joined())</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
      """
  }

  private var footer: String {
    let attributions = Set(runs.compactMap(\.report.description.attribution)).sorted()
    return
      "<footer>\(attributions.map { "<p>Data: \(HTML.escaped($0))</p>" }.joined())<p>Written by Colonnade.</p></footer>"
  }
}
