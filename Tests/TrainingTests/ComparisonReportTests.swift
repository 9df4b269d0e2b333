import Datasets
import Foundation
import Images
import Models
import TestSupport
import Training
import XCTest

/// Several runs in one report.
final class ComparisonReportTests: XCTestCase {
  private func run(in parent: URL, _ name: String, _ change: (inout TrainingConfiguration) -> Void) throws
    -> URL
  {
    var run = try SmallRun(training: 2)
    change(&run.configuration)
    let folder = parent.appending(path: name)
    try run.trainer(output: folder).run()
    return folder
  }

  func testCurvesAndDifferences() throws {
    let parent = temporaryFolder()
    let one = try run(in: parent, "a <b>/run") { $0.epochs = 3 }
    let two = try run(in: parent, "other/run") { $0.focalGamma = 2 }
    let report = try ComparisonReport(runs: [one, two])
    XCTAssertEqual(
      report.runs.map(\.name), ["a <b>/run", "other/run"], "as much of the paths as tells them apart")
    let html = report.html
    // Accuracy, top-5, two losses and the rate, each with two curves.
    XCTAssertEqual(html.components(separatedBy: "<polyline class=\"run0\"").count - 1, 5)
    XCTAssertEqual(html.components(separatedBy: "<polyline class=\"run1\"").count - 1, 5)
    XCTAssertTrue(html.contains("a &lt;b&gt;/run") && !html.contains("a <b>/run"))
    let rows = html.components(separatedBy: "<tr>").filter { $0.contains("<td class=\"left\">") }
    XCTAssertEqual(
      rows.filter { $0.hasPrefix("<td class=\"left\">epochs</td>") }.map {
        $0.components(separatedBy: "</tr>")[0]
      },
      ["<td class=\"left\">epochs</td><td class=\"left\">3</td><td class=\"left\">2</td>"])
    XCTAssertTrue(
      html.contains(
        "<td class=\"left\">focal loss, γ</td><td class=\"left\">–</td><td class=\"left\">2.0</td>"))
    XCTAssertFalse(html.contains("<td class=\"left\">batch</td>"), "what is the same is not listed")
    XCTAssertFalse(html.contains("http://") || html.contains("https://"))
    let same = try ComparisonReport(runs: [one, one])
    XCTAssertEqual(same.runs.map(\.name), ["run (1)", "run (2)"])
    XCTAssertTrue(same.html.contains("All runs have the same recipe"))
  }

  /// The same configuration is not the same recipe where the network sees other pictures, or began from other weights.
  func testInputsAndStartsDiffer() throws {
    let parent = temporaryFolder()
    func run(
      _ name: String, _ preprocessing: Preprocessing, _ options: DataOptions?, _ start: RunStart?
    ) throws -> URL {
      let small = try SmallRun(training: 2)
      let data = DataSource(
        name: "digits", train: small.data.train, validation: small.data.validation, options: options)
      let folder = parent.appending(path: name)
      let trainer = try Trainer(
        small.network, data, preprocessing: preprocessing, configuration: small.configuration, output: folder)
      trainer.start = start
      try trainer.run(until: 1)
      return folder
    }
    var options = DataOptions()
    (options.scaledDecoding, options.orientation) = (true, .upright)
    (options.acceptsTruncated, options.skipsBroken) = (true, true)
    let larger = Preprocessing(resize: .shorterSide(16), crop: 12, mean: [0.25], standardDeviation: [0.5])
    let folders = [
      try run("one", Digits.preprocessing, nil, nil),
      try run(
        "two", larger, options, RunStart(file: "w.pth", digest: String(repeating: "b", count: 64))),
      try run("three", Digits.preprocessing, nil, nil),
    ]
    let html = try ComparisonReport(runs: Array(folders[..<2])).html
    let rows = html.components(separatedBy: "<tr>").compactMap { row -> [String]? in
      let cells = row.components(separatedBy: "<td class=\"left\">").dropFirst()
      return cells.isEmpty ? nil : cells.map { $0.components(separatedBy: "</td>")[0] }
    }
    for row in [
      ["input", "8×8 pixels, grey", "12×12 pixels, grey"],
      ["resize", "none", "the shorter side to 16, bilinear"], ["crop", "–", "12×12 from the middle"],
      ["mean", "0.3059", "0.25"], ["standard deviation", "0.3763", "0.5"],
      ["large JPEGs", "–", "decoded at a smaller scale"],
      ["orientation", "–", "upright by the EXIF tag"], ["pictures that end early", "–", "taken"],
      ["pictures that cannot be read", "–", "left out"],
      ["begun with", "–", "w.pth, SHA-256 bbbbbbbbbbbbbbbb…"],
    ] { XCTAssertTrue(rows.contains(row), "\(row) is not in \(rows)") }
    XCTAssertFalse(html.contains("<td class=\"left\">date</td>"), "when a run began is no recipe")
    XCTAssertTrue(
      try ComparisonReport(runs: [folders[0], folders[2]]).html.contains("All runs have the same recipe"))
  }

  /// What is measured in different tasks stands in no table and no figure together.
  func testTasksAreComparedApart() throws {
    let parent = temporaryFolder()
    let folders = [try run(in: parent, "classes") { $0.epochs = 1 }, parent.appending(path: "turns")]
    let card = try Registry.card(named: "resnet20")
    var configuration = PretrainingMethod.rotation.configuration(for: card)
    (configuration.epochs, configuration.batchSize, configuration.augmentation) = (1, 8, .shift)
    _ = try PretrainingMethod.rotation.run(
      of: card, on: SmallRun(training: 2).data,
      preprocessing: Digits.preprocessing, configuration: configuration, output: folders[1]
    ).run(resuming: false, until: nil) { _ in }
    let html = try ComparisonReport(runs: folders).html
    let turns = "learning without labels, rotation"
    let tables = html.components(separatedBy: "<table class=\"list\">").count - 1
    XCTAssertEqual(tables, 3, "of two tasks, and of recipes")
    for text in [
      "<h3>classification</h3>", "<h3>\(turns)</h3>", "<th>accuracy</th>", "<th>positions told</th>",
      "Validation accuracy: classification", "Validation positions told: \(turns)",
      "Training loss: \(turns)",
    ] { XCTAssertTrue(html.contains(text), text) }
    for figure in html.components(separatedBy: "<figure").dropFirst() {
      let isOfBoth = figure.contains("\"run0\"") && figure.contains("\"run1\"")
      XCTAssertEqual(isOfBoth, figure.contains("Learning rate"), String(figure.prefix(200)))
    }
  }

  func testARunWithoutAnEpochIsRefused() throws {
    let parent = temporaryFolder()
    let one = try run(in: parent, "one") { $0.epochs = 1 }
    let none = parent.appending(path: "none")
    try SmallRun(training: 2).trainer(output: none).run(until: 0)
    XCTAssertThrowsError(try ComparisonReport(runs: [one, none])) { error in
      XCTAssertTrue("\(error)".contains("no epoch is done yet"), "\(error)")
    }
  }
}
