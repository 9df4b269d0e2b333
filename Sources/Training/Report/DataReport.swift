import Datasets
import Foundation
import Images

/// What a data set holds as one self-contained HTML file: classes, sizes, broken pictures, duplicates, and pictures of every
/// class. Nothing in it is fetched from elsewhere.
///
///     let data = try InspectedData("photos")
///     try DataReport(data, data.inspect()).write(to: file)
public struct DataReport: Sendable {
  /// What was found.
  public let inspection: DataInspection
  /// For each class that is shown, its pictures in a row, as a PNG file.
  private let strips: [(name: String, png: Data)]
  private let groups: [(title: String, group: DataInspection.Group, png: Data?)]

  private static let (shownClasses, shownPictures, shownGroups) = (60, 12, 24)
  private static let cell = Image.Size(width: 72, height: 72)

  /// - Parameters:
  ///   - data: whose pictures are shown; some are read again.
  ///   - inspection: of these data.
  public init(_ data: InspectedData, _ inspection: DataInspection) {
    self.inspection = inspection
    strips = inspection.classNames.enumerated().prefix(Self.shownClasses).compactMap { label, name in
      let pictures = data.examples(ofClass: label, count: Self.shownPictures)
      return Self.strip(pictures).map { (name, $0) }
    }
    // Those across parts first: they make a measurement wrong.
    let found =
      inspection.duplicates.map { ("the same pixels", $0) }
      + inspection.nearDuplicates.map { ("nearly the same", $0) }
    let ordered = found.filter(\.1.crossesParts) + found.filter { !$0.1.crossesParts }
    groups = ordered.prefix(Self.shownGroups).map { title, group in
      (title, group, Self.strip(group.pictures.prefix(4).compactMap(data.image)))
    }
  }

  private static func strip(_ pictures: [Image]) -> Data? {
    guard !pictures.isEmpty else { return nil }
    return Image.contactSheet(of: pictures, columns: pictures.count, cell: cell).pngData()
  }

  /// Writes the file, all of it or nothing.
  /// - Throws: ``TrainingError/output(file:reason:)``.
  public func write(to url: URL) throws { try TrainingError.writing(Data(html.utf8), to: url.path) }

  /// The file's content.
  public var html: String {
    Report.page(
      title: inspection.name,
      body: [
        header, classes, sizes, broken, duplicates, sheet, "<footer><p>Written by Colonnade.</p></footer>",
      ]
      .joined(separator: "\n"))
  }

  private var header: String {
    let crossing = (inspection.duplicates + inspection.nearDuplicates).count(where: \.crossesParts)
    let tiles = [
      (HTML.count(inspection.count), "pictures"), (HTML.count(inspection.classNames.count), "classes"),
      (HTML.count(inspection.brokenCount), "broken"),
      (HTML.number(inspection.balance.effectiveClasses), "effective classes"),
      (HTML.count(inspection.duplicates.count), "groups of duplicates"),
      (HTML.count(inspection.nearDuplicates.count), "of near duplicates"),
      (HTML.count(crossing), "of these across parts"),
    ]
    return """
      <header><p class="eyebrow">Colonnade data report</p>
      <h1>\(HTML.escaped(inspection.name))</h1></header>
      <section class="tiles">\(tiles.map { "<div class=\"tile\"><b>\($0.0)</b><span>\($0.1)</span></div>" }.joined())</section>
      """
  }

  private var classes: String {
    let most = Double(max(inspection.parts[0].classCounts.max() ?? 0, 1))
    let heads = inspection.parts.map { "<th>\(HTML.escaped($0.name))</th>" }.joined()
    let rows = inspection.classNames.enumerated().map { label, name in
      let cells = inspection.parts.map { "<td>\(HTML.count($0.classCounts[label]))</td>" }.joined()
      let width = HTML.number(Double(inspection.parts[0].classCounts[label]) / most * 100)
      return """
        <tr><td class="left">\(HTML.escaped(ClassNames.readable(name)))</td>\(cells)\
        <td style="width:40%"><span class="bar" style="display:block"><i style="width:\(width)%"></i></span></td></tr>
        """
    }
    let balance = inspection.balance
    let ratio =
      balance.ratio.map { "the largest class has \(HTML.number($0)) times the smallest one's; " } ?? ""
    return """
      <h2>Classes</h2>
      <p>\(inspection.countsObjects ? "Objects" : "Pictures") of each class. Of \(HTML.escaped(inspection.parts[0].name)): \(ratio)\
      entropy \(HTML.number(balance.entropy)) bits, as of \(HTML.number(balance.effectiveClasses)) classes of equal size\
      \(balance.emptyClasses > 0 ? "; \(HTML.counted(balance.emptyClasses, "class")) without any" : "").</p>
      <div class="card"><table class="list"><thead><tr><th class="left">class</th>\(heads)<th></th></tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
      """
  }

  private var sizes: String {
    func spread(_ spread: DataInspection.Spread) -> String {
      "\(spread.least) to \(spread.greatest) pixels, half of them up to \(spread.median)"
    }
    func numbers(_ values: [Double]) -> String {
      values.map { String(format: "%.4f", $0) }.joined(separator: ", ")
    }
    let common = inspection.commonSizes.prefix(5).map {
      "\($0.width)×\($0.height) (\(HTML.count($0.pictures)))"
    }
    let rows = [
      ("width", spread(inspection.widths)), ("height", spread(inspection.heights)),
      ("different sizes", HTML.count(inspection.differentSizes)),
      ("most frequent", common.joined(separator: ", ")),
      ("mean by channel", numbers(inspection.mean)),
      ("standard deviation", numbers(inspection.standardDeviation)),
    ]
    return """
      <h2>Sizes and colours</h2>
      <div class="card"><table class="facts">\(rows.map { "<tr><th>\($0.0)</th><td>\($0.1)</td></tr>" }.joined())</table></div>
      """
  }

  private var broken: String {
    let reasons = inspection.parts.flatMap(\.broken)
    guard !reasons.isEmpty else { return "" }
    let shown = reasons.prefix(200).map { "<tr><td class=\"left\">\(HTML.escaped($0))</td></tr>" }
    let rest = reasons.count - shown.count
    return """
      <h2>Broken pictures</h2>
      <div class="card"><table class="list">\(shown.joined())</table>\(rest > 0 ? "<p>and \(HTML.count(rest)) more</p>" : "")</div>
      """
  }

  private var duplicates: String {
    guard !groups.isEmpty else { return "" }
    let cards = groups.map { title, group, png in
      var marks = [title]
      if group.crossesParts { marks.append("in several parts") }
      if group.classesDiffer { marks.append("of different classes") }
      let names = group.pictures.prefix(4).map { "\($0.part): \($0.name)" }
      let rest = group.pictures.count - names.count
      let image = png.map { "<img alt=\"\" src=\"data:image/png;base64,\($0.base64EncodedString())\">" } ?? ""
      return """
        <tr><td class="left">\(image)</td><td class="left"><b>\(marks.joined(separator: ", "))</b><br>\
        \(names.map(HTML.escaped).joined(separator: "<br>"))\(rest > 0 ? "<br>and \(HTML.count(rest)) more" : "")</td></tr>
        """
    }
    let all = inspection.duplicates.count + inspection.nearDuplicates.count
    return """
      <h2>Duplicates</h2>
      <p>\(HTML.count(groups.count)) of \(HTML.counted(all, "group")), those across parts first. Pictures that were cropped or \
      mirrored are not found.\(inspection.notCompared > 0 ? " \(HTML.counted(inspection.notCompared, "picture")) below 32 pixels or of one tone \(inspection.notCompared == 1 ? "was" : "were") not searched for near duplicates." : "")</p>
      <div class="card"><table class="list">\(cards.joined(separator: "\n"))</table></div>
      """
  }

  private var sheet: String {
    let rows = strips.map { name, png in
      """
      <tr><td class="left">\(HTML.escaped(ClassNames.readable(name)))</td>\
      <td class="left"><img alt="" src="data:image/png;base64,\(png.base64EncodedString())"></td></tr>
      """
    }
    let rest = inspection.classNames.count - Self.shownClasses
    return """
      <h2>Contact sheet</h2>
      <p>Pictures of each class, spread evenly over \(HTML.escaped(inspection.parts[0].name))\(rest > 0 ? "; \(HTML.counted(rest, "class")) more not shown" : "").</p>
      <div class="card"><table class="list">\(rows.joined(separator: "\n"))</table></div>
      """
  }
}
