import Datasets
import Engine
import Foundation
import Training
import XCTest

final class ReportTests: XCTestCase {
  func testReportHoldsWhatItMust() throws {
    let folder = temporaryFolder()
    let run = try SmallRun()
    let records = try run.trainer(output: folder).run()
    let file = folder.appending(path: "report.html")
    try Report(run: folder).write(to: file)
    let html = try String(contentsOf: file, encoding: .utf8)

    XCTAssertTrue(html.hasPrefix("<!DOCTYPE html>"))
    // Of reliability a line beside the diagonal each.
    XCTAssertEqual(
      html.components(separatedBy: "<svg").count - 1, 3 + 2 + 1, "curves, calibration, frequency")
    XCTAssertEqual(html.components(separatedBy: "<polyline").count - 1, 5 + 4, "curves, calibration")
    XCTAssertTrue(html.contains("prefers-color-scheme: dark"))
    // Text from outside is text.
    XCTAssertTrue(html.contains("resnet20 on a few &lt;digits&gt; &amp; more"))
    XCTAssertTrue(html.contains("UCI &quot;digits&quot;"))
    XCTAssertFalse(html.contains("<digits>"))
    // Nothing is fetched.
    XCTAssertFalse(html.contains("http://") || html.contains("<script") || html.contains("<link"))
    for epoch in records {
      XCTAssertTrue(
        html.contains("validation, epoch \(epoch.epoch): \(String(format: "%.4g", epoch.validationLoss))"))
    }

    let evaluation = try XCTUnwrap(try RunDirectory(folder).readEvaluation())
    let cells = html.matches(of: #/title="\d+ seen as \d+: (\d+) of 6"/#).map { Int($0.1)! }
    XCTAssertEqual(cells.reduce(0, +), evaluation.count)
    XCTAssertEqual(cells, evaluation.confusion.joined().filter { $0 > 0 })

    let pictures = html.matches(of: #/src="data:image\/png;base64,([A-Za-z0-9+\/=]+)"/#)
    let examples = try XCTUnwrap(try RunDirectory(folder).readExamples())
    XCTAssertGreaterThan(examples.count, 0)
    XCTAssertEqual(Set(pictures.map { String($0.1) }), Set(examples.map { $0.png.base64EncodedString() }))
    XCTAssertEqual(pictures.count, examples.count)
  }

  /// The same sections as of the best weights when they are measured by themselves.
  func testItHasTheSectionsOfAnEvaluation() throws {
    let folder = temporaryFolder()
    let run = try SmallRun()
    try run.trainer(output: folder).run()
    let directory = RunDirectory(folder)
    let counts = Array(repeating: 13, count: 10)
    XCTAssertEqual(try directory.readDescription().classPictures, counts)
    let best = try TrainedNetwork(weights: directory.best.path)
    let scores = try ClassifierEvaluator(best.network, preprocessing: Digits.preprocessing)
      .evaluate(run.data.validation)
    let measurement = ClassifierMeasurement(
      scores, frequency: ClassFrequency(scores.evaluation, counts: counts, part: "train"))
    let evaluation = try XCTUnwrap(try directory.readEvaluation())
    XCTAssertEqual(evaluation.calibration, measurement.calibration)
    XCTAssertEqual(evaluation.scaled, measurement.scaled)
    func sections(_ html: String) -> [String] {
      let all = html.components(separatedBy: "<h2>").dropFirst()
      return ["Calibration", "Frequent and rare classes"].compactMap { title in
        all.first { $0.hasPrefix(title) }?.trimmingCharacters(in: .whitespacesAndNewlines)
          .replacing("the measured pictures themselves", with: "the validation pictures themselves")
      }
    }
    let html = try Report(run: folder).html
    let found = sections(html)
    XCTAssertEqual(found.count, 2)
    XCTAssertEqual(found[0], sections(ClassificationReport(title: "", measurement).html)[0])
    XCTAssertTrue(found[1].contains("<td>3</td><td>13 – 13</td>"), found[1])
    XCTAssertTrue(html.contains("expected calibration error"))
  }

  /// What is needed to do it again is kept when a run begins, and not lost when it goes on.
  func testItSaysWhereTheRunComesFrom() throws {
    let folder = temporaryFolder()
    let trainer = try SmallRun(training: 2).trainer(output: folder)
    var here = RunEnvironment(
      processor: "pro <b>cessor", threads: 2, kernel: "k", system: "s", version: "1", date: "first")
    trainer.environment = here
    trainer.command = "colonnade train '<b>'"
    trainer.start = RunStart(file: "we <b>ights", digest: String(repeating: "a", count: 64), key: "model")
    try trainer.run(until: 1)
    for (date, threads) in [("second", 2), ("third", 3), ("fourth", 3)] {
      let again = try SmallRun(training: 2).trainer(output: folder)
      (here.date, here.threads) = (date, threads)
      (again.environment, again.command) = (here, "another")
      try again.run(resuming: true, until: 1)
    }
    let description = try RunDirectory(folder).readDescription()
    XCTAssertEqual(description.environment, trainer.environment)
    XCTAssertEqual(description.command, trainer.command)
    XCTAssertEqual(description.start, trainer.start)
    XCTAssertEqual(description.resumptions?.map(\.date), ["third"], "where it was as before nothing is told")
    let html = try Report(run: folder).html
    for text in [
      "To do it again", "<pre>colonnade train &#39;&lt;b&gt;&#39;</pre>",
      "pro &lt;b&gt;cessor, BLAS kernel k",
      "<td>third, 3 threads</td>", "we &lt;b&gt;ights, model, SHA-256 aaaaaaaaaaaaaaaa…",
      "<th>input</th><td>8×8 pixels, grey</td>", "<th>resize</th><td>none</td>",
    ] { XCTAssertTrue(html.contains(text), text) }
    XCTAssertFalse(html.contains("<b>cessor") || html.contains("another"))
  }

  /// Of a program that says nothing, the machine is kept all the same.
  func testTheEnvironmentIsKeptUnasked() throws {
    let folder = temporaryFolder()
    try SmallRun(training: 2).trainer(output: folder).run(until: 1)
    let environment = try XCTUnwrap(RunDirectory(folder).readDescription().environment)
    XCTAssertEqual(environment.threads, Parallel.threads)
    XCTAssertEqual(environment.version, "")
    let html = try Report(run: folder).html
    XCTAssertTrue(html.contains("<th>threads</th><td>\(Parallel.threads)</td>"))
    XCTAssertFalse(html.contains("<pre>") || html.contains("<th>Colonnade</th>"))
  }

  /// An example's picture is what the network got, to the bit, before the normalization.
  func testExamplesAreTheDataSetsPictures() throws {
    let folder = temporaryFolder()
    let run = try SmallRun()
    try run.trainer(output: folder).run(until: 1)
    let known = try Set(
      (0..<run.data.validation.count).map { try run.data.validation.example(at: $0).image.pngData() })
    for example in try XCTUnwrap(try RunDirectory(folder).readExamples()) {
      XCTAssertTrue(known.contains(example.png))
      XCTAssertEqual(example.predictions.count, 3)
      XCTAssertGreaterThanOrEqual(example.predictions[0].probability, example.predictions[1].probability)
    }
  }

  func testNothingToReport() throws {
    let folder = temporaryFolder()
    XCTAssertThrowsError(try Report(run: folder)) { error in
      XCTAssertTrue("\(error)".contains(folder.appending(path: "configuration.json").path), "\(error)")
    }
    try SmallRun().trainer(output: folder).run(until: 0)
    XCTAssertThrowsError(try Report(run: folder)) { error in
      XCTAssertTrue("\(error)".contains("no epoch is done yet"), "\(error)")
    }
  }
}
