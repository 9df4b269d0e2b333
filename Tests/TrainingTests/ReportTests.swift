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
    XCTAssertEqual(html.components(separatedBy: "<svg").count - 1, 3, "curves")
    XCTAssertEqual(html.components(separatedBy: "<polyline").count - 1, 5, "curves")
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
