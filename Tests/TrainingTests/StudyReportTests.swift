import Foundation
import Training
import XCTest

/// The page of a study.
final class StudyReportTests: XCTestCase {
  private struct Question: Study {
    let name = "a <study>"
    let question = "Is \"x\" < y?"
    func run(_ context: StudyContext) throws -> StudyResult { StudyResult(of: self) }
  }

  private func result() -> StudyResult {
    var result = StudyResult(of: Question())
    result.paragraphs = ["par <b>agraph"]
    result.tables = [
      StudyTable(
        "tab <b>le",
        columns: [
          .init("na <b>me", .text), .init("measured", .share), .init("theirs", .share, isPublished: true),
        ],
        rows: [
          [.text("ce <b>ll"), .spread(mean: 0.975, deviation: 0.0031), .number(0.153)],
          [.text("y"), .none, .number(.nan)],
        ], note: "no <b>te")
    ]
    result.differences = ["dif <b>fers"]
    result.attribution = "wh <b>o"
    result.command = "colonnade reproduce '<b>'"
    result.environment = RunEnvironment(
      processor: "pro <b>cessor", threads: 2, kernel: "k", system: "s", version: "0", date: "d")
    return result
  }

  private func count(_ text: String, in html: String) -> Int { html.components(separatedBy: text).count - 1 }

  func testEverythingFromOutsideIsText() {
    let html = StudyReport([result()]).html
    XCTAssertTrue(html.hasPrefix("<!DOCTYPE html>"))
    XCTAssertFalse(html.contains("<b>"), "some text is markup")
    for text in [
      "par", "tab", "na", "ce", "no", "dif", "wh", "pro",
    ] { XCTAssertTrue(html.contains("\(text) &lt;b&gt;"), text) }
    XCTAssertTrue(html.contains("a &lt;study&gt;: Is &quot;x&quot; &lt; y?"))
    XCTAssertTrue(html.contains("colonnade reproduce &#39;&lt;b&gt;&#39;"))
  }

  func testCellsAndPublishedColumns() {
    let html = StudyReport([result()]).html
    XCTAssertTrue(html.contains("<td>97.50 ± 0.31 %</td><td class=\"published\">15.30 %</td>"), html)
    XCTAssertTrue(html.contains("<td>–</td><td class=\"published\">–</td>"))
    XCTAssertTrue(html.contains("<th class=\"published\">theirs (published)</th>"))
    XCTAssertEqual(count("class=\"published\"", in: html), 3)
  }

  /// Many columns stand closer, and what is wider than its card is scrolled there; a lone figure does not fill the page.
  func testWideTablesAndLoneFigures() {
    var result = result()
    XCTAssertFalse(StudyReport([result]).html.contains("\"list wide\""))
    result.tables.append(
      StudyTable(
        "many", columns: (0..<9).map { .init("column \($0)", .number) },
        rows: [(0..<9).map { .number(Double($0)) }]))
    result.figures = [figure()]
    let html = StudyReport([result]).html
    XCTAssertEqual(count("<div class=\"card\"><table class=\"list wide\">", in: html), 1)
    XCTAssertTrue(html.contains(".card { padding: 18px; overflow-x: auto; }"))
    XCTAssertTrue(html.contains(".charts > :only-child { max-width: 560px; }"))
    XCTAssertEqual(count("<section class=\"charts\"><figure", in: html), 1)
  }

  func testNothingIsFetched() {
    var result = result()
    result.figures = [figure()]
    let html = StudyReport([result, result]).html
    for text in ["http://", "https://", "<script", "<link", "src=", "@import", "url("] {
      XCTAssertFalse(html.contains(text), text)
    }
    XCTAssertTrue(html.contains("2 studies"))
  }

  private func figure() -> StudyFigure {
    StudyFigure(
      "bands", xTitle: "epoch", unit: .share,
      series: [
        .init("band", [.init(x: 1, values: [0.1, 0.3]), .init(x: 2, values: [0.2, 0.6])]),
        .init("line", [.init(x: 1, values: [0.5]), .init(x: 2, values: [0.5])]),
        .init("points", [.init(x: 1, values: [0.2, 0.4]), .init(x: 2, values: [])], isLine: false),
      ])
  }

  /// Losses and gradients that diverge span dozens of decades: the axis has room for some of them, below and above all values.
  func testAnAxisOfManyDecadesHasFewTicks() throws {
    for (least, most) in [(0.002, 3e34), (1e-300, 1e300), (0.5, 4e4), (0.1, 3)] {
      var figure = StudyFigure(
        "norms", xTitle: "layer", unit: .number,
        series: [.init("line", [.init(x: 1, values: [least]), .init(x: 2, values: [most])])])
      figure.valuesSpanDecades = true
      var result = result()
      result.figures = [figure]
      let ticks = StudyReport([result]).html.matches(of: #/<text class="tick end"[^>]*>([^<]*)</#).map {
        Double($0.1)!
      }
      XCTAssertTrue(3...10 ~= ticks.count, "\(ticks)")
      XCTAssertEqual(ticks, ticks.sorted())
      XCTAssertLessThanOrEqual(ticks[0], least * 1.001)
      XCTAssertGreaterThanOrEqual(ticks[ticks.count - 1], most * 0.999)
    }
  }

  /// The band goes along the greatest values and back along the least, at the places of the axes: 0.1 to 0.6 over 230 to 12 from
  /// below, and 1 to 2 over 58 to 406.
  func testBands() throws {
    var result = result()
    result.figures = [figure()]
    let html = StudyReport([result]).html
    XCTAssertEqual(count("<polygon", in: html), 1, "what has one value has no area")
    let points = try XCTUnwrap(html.firstMatch(of: #/<polygon class="run0" points="([^"]*)"/#)).1
    let numbers = points.split { " ,".contains($0) }.map { Double($0)! }
    let places: [(x: Double, y: Double)] = [(58, 0.3), (406, 0.6), (406, 0.2), (58, 0.1)]
    XCTAssertEqual(numbers.count, 8)
    for (index, place) in places.enumerated() {
      XCTAssertEqual(numbers[2 * index], place.x, accuracy: 0.01)
      XCTAssertEqual(numbers[2 * index + 1], 230 - (place.y - 0.1) / 0.5 * 218, accuracy: 0.02)
    }
    // Of a point a stroke from its least to its greatest value; a point without values is not drawn.
    XCTAssertEqual(count("class=\"run2 range\"", in: html), 1)
    XCTAssertEqual(count("class=\"dot run2\"", in: html), 1)
    XCTAssertTrue(html.contains("band, epoch 1: 20 % (10 % to 30 %)"), html)
    XCTAssertFalse(html.contains("nan"))
  }

  /// What could not be done is told where it would stand, and when a part was measured before.
  func testFailuresAndEarlierMeasurements() throws {
    var failed = StudyResult(of: Question())
    failed.failure = "too <b>few"
    var done = result()
    var earlier = try XCTUnwrap(done.environment)
    (earlier.date, earlier.threads) = ("2026-01-31 12:00 UTC", 1)
    var before = earlier
    before.date = "2026-01-30 12:00 UTC"
    done.earlierEnvironments = [earlier, before]
    let html = StudyReport([failed, done]).html
    XCTAssertTrue(html.contains("<strong>Not done:</strong> too &lt;b&gt;few"), html)
    XCTAssertEqual(count("To do it again", in: html), 1, "of what was done")
    XCTAssertTrue(
      html.contains(
        "<tr><th>in part measured</th><td>2026-01-30 12:00 UTC to 2026-01-31 12:00 UTC, 1 thread</td></tr>"),
      html)
  }

  func testWritesTheFile() throws {
    let folder = temporaryFolder()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "study.html")
    try StudyReport([result()]).write(to: file)
    XCTAssertEqual(try String(contentsOf: file, encoding: .utf8), StudyReport([result()]).html)
  }
}
