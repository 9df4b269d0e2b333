import Colonnade
import Foundation
import XCTest

/// What `evaluate` measures of classifiers beside accuracy.
final class EvaluateClassifierTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private func weights() throws -> [String] {
    [
      "--network", "resnet20", "--classes", "2", "--weights",
      try Samples.weights(of: "resnet20", classes: 2, in: folder),
    ]
  }

  func testViewsCalibrationAndReport() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let report = folder.path("report.html")
    let arguments = try ["evaluate", data, "--resize", "20", "--crop", "16"] + weights()
    let result = try XCTUnwrap(
      Command.run(arguments + ["--ten-crop", "--scales", "18,24", "--json", "--report", report]).json()
        as? [String: Any])
    XCTAssertEqual(result["count"] as? Int, 6)
    let views = try XCTUnwrap(result["views"] as? [String: Any])
    XCTAssertEqual(views["scales"] as? [Int], [18, 24])
    XCTAssertEqual(views["tenCrop"] as? Bool, true)
    let calibration = try XCTUnwrap(result["calibration"] as? [String: Any])
    XCTAssertEqual((calibration["bins"] as? [Any])?.count, 15)
    XCTAssertEqual(calibration["loss"] as! Double, result["loss"] as! Double, accuracy: 1e-5)
    XCTAssertEqual(result["temperaturePart"] as? String, "the measured pictures themselves")
    XCTAssertEqual((result["frequency"] as? [String: Any])?["part"] as? String, "train")
    let page = try String(contentsOfFile: report, encoding: .utf8)
    XCTAssertTrue(page.contains("resnet20 on photographs") && page.contains("20 views of each"))

    let listing = try Command.run(arguments + ["--fit-temperature", "train"])
    XCTAssertEqual(listing.code, 0, listing.errors)
    XCTAssertTrue(listing.output.contains("balanced accuracy  "), listing.output)
    XCTAssertTrue(listing.output.contains("fitted on the train part"), listing.output)
    XCTAssertFalse(listing.output.contains("rank correlation"), "of two classes it says nothing")
  }

  func testRobustnessAndBaseline() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let arguments = try ["evaluate", data, "--resize", "8x8", "--robustness"] + weights()
    let first = try Command.run(arguments + ["--json"])
    let result = try XCTUnwrap(first.json() as? [String: Any])
    let robustness = try XCTUnwrap(result["robustness"] as? [String: Any])
    XCTAssertEqual((robustness["rows"] as? [Any])?.count, 6)
    XCTAssertNil(robustness["meanCorruptionError"])
    let baseline = try folder.write("baseline.json", Data(first.output.utf8))
    let listing = try Command.run(arguments + ["--baseline", baseline])
    XCTAssertEqual(listing.code, 0, listing.errors)
    XCTAssertTrue(listing.output.contains("mCE 100.00 %"), listing.output)
    XCTAssertTrue(listing.output.contains("Gaussian noise  "), listing.output)
    XCTAssertTrue(listing.output.contains("accuracy under a grey square  "), listing.output)
    let fewer = try folder.write(
      "fewer.json", Data(first.output.replacing(#/"count" : \d+/#, with: "\"count\" : 1").utf8))
    let mismatched = try Command.run(arguments + ["--baseline", fewer])
    XCTAssertEqual(mismatched.code, 65)
    XCTAssertTrue(
      mismatched.errors.contains("of other pictures than these: there were 1 picture"), mismatched.errors)
    let other = try folder.write("other.json", Data("{}".utf8))
    let refused = try Command.run(arguments + ["--baseline", other])
    XCTAssertEqual(refused.code, 65)
    XCTAssertTrue(refused.errors.contains("other.json: is not what"), refused.errors)
  }

  func testRefusals() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let weights = try weights()
    for (text, options) in [
      ("need a crop, and the preprocessing has none", ["--ten-crop"]),
      ("a shorter side of 12 does not hold", ["--scales", "12", "--resize", "20", "--crop", "16"]),
      ("with one view of each picture", ["--robustness", "--ten-crop"]),
      ("--baseline: of --robustness", ["--baseline", "x.json"]),
      ("--fit-temperature test: there are train and validation", ["--fit-temperature", "test"]),
      ("--scales", ["--scales", "224,"]),
    ] {
      let outcome = try Command.run(["evaluate", data] + options + weights)
      XCTAssertEqual(outcome.code, 64, outcome.errors)
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      XCTAssertTrue(outcome.errors.contains(text), outcome.errors)
    }
  }
}
