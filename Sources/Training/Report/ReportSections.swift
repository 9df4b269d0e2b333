import Datasets
import Foundation

extension Report {
  var header: String {
    let card = description.card
    var facts = [HTML.escaped(description.taskWords)]
    // The positions of a picture are no classes.
    if card.classes > 0 && !card.isPretrained { facts.append(HTML.counted(card.classes, "class")) }
    facts += [
      "\(HTML.count(description.trainingPictures)) training and \(HTML.counted(description.validationPictures, "validation picture"))",
      description.inputWords,
    ]
    return """
      <header><p class="eyebrow">Colonnade training report</p>
      <h1>\(HTML.escaped(title))</h1>
      <p>\(facts.joined(separator: " · "))</p></header>
      <section class="tiles">\(tiles.map { "<div class=\"tile\"><b>\($0.value)</b><span>\($0.name)</span></div>" }.joined())</section>
      """
  }

  private var tiles: [(value: String, name: String)] {
    let seconds = records.reduce(0) { $0 + $1.seconds + $1.validationSeconds }
    let speed = records.reduce(0) { $0 + $1.picturesPerSecond } / Double(records.count)
    var tiles =
      isClassification
      ? [(HTML.percent(best.validationAccuracy), "accuracy, epoch \(best.epoch)")] : metricTiles
    if isClassification && description.card.classes > 5 {
      tiles.append((HTML.percent(best.validationTop5), "among the first five"))
    }
    if let evaluation {
      let wrong = evaluation.count - Int((evaluation.top1 * Double(evaluation.count)).rounded())
      tiles.append((HTML.count(wrong), "of \(HTML.counted(evaluation.count, "picture")) wrong"))
      if let calibration = evaluation.calibration {
        tiles.append((HTML.percent(calibration.error), ClassificationSections.calibrationError))
      }
    }
    tiles.append(
      (
        HTML.duration(seconds),
        "for \(records.count) of \(HTML.counted(description.configuration.epochs, "epoch"))"
      ))
    tiles.append((HTML.count(Int(speed.rounded())), "pictures a second"))
    return tiles
  }

  var curves: String {
    let accuracy = LineChart(
      title: "Accuracy",
      series: [
        .init(name: "training", style: "train", values: records.map(\.trainAccuracy)),
        .init(name: "validation", style: "validation", values: records.map(\.validationAccuracy)),
      ], label: { "\(HTML.number($0 * 100))\u{202F}%" }, marked: best.epoch)
    let loss = LineChart(
      title: "Loss",
      series: [
        .init(name: "training", style: "train", values: records.map(\.trainLoss)),
        .init(name: "validation", style: "validation", values: records.map(\.validationLoss)),
      ], label: HTML.number, spansDecades: true, marked: best.epoch)
    let rate = LineChart(
      title: "Learning rate at the epoch's end",
      series: [.init(name: "learning rate", style: "rate", values: records.map(\.learningRate))],
      label: HTML.number)
    let charts = (isClassification ? [accuracy] : metricCharts) + [loss] + partCharts + [rate]
    return """
      <h2>Curves</h2>
      <p>The ring marks the epoch whose weights were kept as the best. The training loss is the one that was minimized: \
      it includes label smoothing, auxiliary heads and augmentation.</p>
      <section class="charts">\(charts.map(\.html).joined(separator: "\n"))</section>
      """
  }

  var gallery: String {
    Self.gallery("Mistakes it was surest of", pictures.filter { $0.truth != nil && !$0.isCorrect })
      + Self.gallery("Recognized", pictures.filter { $0.truth != nil && $0.isCorrect })
      + Self.gallery(
        detection == nil ? "Other pictures" : DetectionSections.picturesTitle,
        pictures.filter { $0.truth == nil })
  }

  /// Nothing where there are no pictures.
  static func gallery(_ title: String, _ pictures: [ExamplePicture]) -> String {
    guard !pictures.isEmpty else { return "" }
    return
      "<h2>\(title)</h2>\n<section class=\"pictures\">\(pictures.map(figure).joined(separator: "\n"))</section>"
  }

  static func figure(_ picture: ExamplePicture) -> String {
    let truth = HTML.escaped(ClassNames.readable(picture.truthLabel))
    let bars = picture.predictions.map { prediction in
      let style = picture.truth == nil || prediction.class == picture.truth ? "" : " wrong"
      return """
        <span class="name">\(HTML.escaped(ClassNames.readable(prediction.label)))</span>\
        <span class="value">\(HTML.percent(Double(prediction.probability), digits: 1))</span>\
        <span class="bar\(style)"><i style="width:\(HTML.number(Double(prediction.probability) * 100))%"></i></span>
        """
    }
    let mark = picture.truth == nil ? "" : picture.isCorrect ? "✓ " : "✗ is "
    // Small pictures are shown pixel by pixel. The width is in bytes 16 to 19 of a PNG file.
    let bytes = [UInt8](picture.png.prefix(20))
    let width = bytes.count < 20 ? 0 : bytes[16...].reduce(0) { $0 << 8 | Int($1) }
    return """
      <figure class="picture"><img\(width <= 96 ? " class=\"small\"" : "") alt="\(truth)" \
      src="data:image/png;base64,\(picture.png.base64EncodedString())">
      <figcaption><div class="truth">\(mark)\(truth)</div>
      <div class="bars">\(bars.joined())</div></figcaption></figure>
      """
  }

  /// What the run was trained by, and what is needed to train it again.
  static func configuration(of description: RunDescription) -> String {
    let (command, origin) = (description.command, description.origin)
    return """
      <h2>Configuration</h2>
      <div class="card">\(table(of: description.facts))</div>
      \(command == nil && origin.isEmpty ? "" : Self.origin(command: command, facts: origin))
      """
  }

  /// - Parameters:
  ///   - command: that does it again; nil where none is known.
  ///   - facts: where and when it was done.
  static func origin(command: String?, facts: [(name: String, value: String)]) -> String {
    """
    <h3>To do it again</h3>
    <div class="card">\(command.map { "<pre>\(HTML.escaped($0))</pre>" } ?? "")\(table(of: facts))</div>
    """
  }

  private static func table(of facts: [(name: String, value: String)]) -> String {
    let rows = facts.map { "<tr><th>\(HTML.escaped($0.name))</th><td>\(HTML.escaped($0.value))</td></tr>" }
    return "<table class=\"facts\">\(rows.joined(separator: "\n"))</table>"
  }

  var epochs: String {
    let rows = records.map { record in
      let cells = columns.map { $0.cell(record) }
      return
        "<tr\(record.epoch == best.epoch ? " class=\"best\"" : "")>\(cells.map { "<td>\($0)</td>" }.joined())</tr>"
    }
    let heads = columns.map(\.head)
    return """
      <h2>Epochs</h2>
      <details class="card"><summary>\(HTML.counted(records.count, "epoch")) as numbers</summary>
      <table class="list"><thead><tr>\(heads.map { "<th>\($0)</th>" }.joined())</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table></details>
      """
  }

  var footer: String {
    let attribution = description.attribution.map { "<p>Data: \(HTML.escaped($0))</p>" } ?? ""
    return "<footer>\(attribution)<p>Written by Colonnade.</p></footer>"
  }
}
