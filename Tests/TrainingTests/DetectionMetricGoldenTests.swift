import Foundation
import Images
import Models
import Training
import XCTest

/// Metrics of generated detections with crowds, ties, difficult objects, empty pictures and classes, against pycocotools and
/// plain transcriptions of Pascal VOC's and ILSVRC's toolkits (scripts/goldens/topics/detection_metrics.py), within 10⁻⁹.
final class DetectionMetricGoldenTests: XCTestCase {
  private struct Golden: Decodable {
    struct COCO: Decodable {
      let numbers: [Double?]
      let perClass: [Double?]
      let perClass50: [Double?]
    }

    let name: String
    let classes: Int
    /// By picture: left, top, right, bottom, label, difficult, crowd, area.
    let truths: [[[Float?]]]
    /// By picture: left, top, right, bottom, label, score.
    let detections: [[[Float]]]
    let blacklist: [[Int]]
    let coco: COCO
    let voc07: [Double?]
    let vocArea: [Double?]
    let ilsvrc: [Double?]
    let ilsvrcBlacklisted: [Double?]
    /// With 1 and with 5 guesses.
    let localization: [Double]

    var objects: [[LabelledBox]] {
      truths.map { picture in
        picture.map { row in
          LabelledBox(
            BoundingBox(left: row[0]!, top: row[1]!, right: row[2]!, bottom: row[3]!), label: Int(row[4]!),
            isDifficult: row[5] == 1, isCrowd: row[6] == 1, annotatedArea: row[7])
        }
      }
    }

    var found: [[Detection]] {
      detections.map { picture in
        picture.map { row in
          Detection(
            BoundingBox(left: row[0], top: row[1], right: row[2], bottom: row[3]), label: Int(row[4]),
            score: row[5])
        }
      }
    }
  }

  private func goldens() throws -> [Golden] {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: "detection_metrics", withExtension: "json", subdirectory: "Fixtures"))
    let goldens = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
    XCTAssertEqual(goldens.count, 6)
    XCTAssertGreaterThan(goldens.reduce(0) { $0 + $1.detections.joined().count }, 400)
    return goldens
  }

  private func assertClose(
    _ actual: [Double?], _ expected: [Double?], _ label: String, file: StaticString = #filePath,
    line: UInt = #line
  ) {
    XCTAssertEqual(actual.count, expected.count, label, file: file, line: line)
    for (place, (a, e)) in zip(actual, expected).enumerated() {
      guard let a, let e else {
        XCTAssertEqual(a, e, "\(label), \(place)", file: file, line: line)
        continue
      }
      XCTAssertEqual(a, e, accuracy: 1e-9, "\(label), \(place)", file: file, line: line)
    }
  }

  func testCOCO() throws {
    for golden in try goldens() {
      let metrics = DetectionMetrics.coco(golden.found, golden.objects, classes: golden.classes)
      assertClose(metrics.numbers, golden.coco.numbers, golden.name)
      assertClose(metrics.perClass, golden.coco.perClass, golden.name)
      assertClose(metrics.perClass50, golden.coco.perClass50, golden.name)
    }
  }

  func testPascalVOC() throws {
    for golden in try goldens() {
      let (found, objects) = (golden.found, golden.objects)
      let eleven = DetectionMetrics.voc07(found, objects, classes: golden.classes)
      let area = DetectionMetrics.vocArea(found, objects, classes: golden.classes)
      assertClose(eleven.perClass, golden.voc07, golden.name)
      assertClose(area.perClass, golden.vocArea, golden.name)
      let values = golden.vocArea.compactMap { $0 }
      XCTAssertEqual(
        try XCTUnwrap(area.mean), values.reduce(0, +) / Double(values.count), accuracy: 1e-9, golden.name)
    }
  }

  func testILSVRC() throws {
    for golden in try goldens() {
      let (found, objects) = (golden.found, golden.objects)
      assertClose(
        DetectionMetrics.ilsvrcDetection(found, objects, classes: golden.classes).perClass, golden.ilsvrc,
        golden.name)
      assertClose(
        DetectionMetrics.ilsvrcDetection(
          found, objects, classes: golden.classes, blacklist: golden.blacklist.map(Set.init)
        ).perClass, golden.ilsvrcBlacklisted, golden.name)
      assertClose(
        [1, 5].map { DetectionMetrics.ilsvrcLocalizationError(found, objects, guesses: $0) },
        golden.localization, golden.name)
    }
  }

  /// The report's numbers are the metrics'.
  func testEvaluationHasAllOfThem() throws {
    for golden in try goldens() {
      let names = (0..<golden.classes).map { "class \($0)" }
      let evaluation = DetectionEvaluation(golden.found, golden.objects, classNames: names)
      assertClose(evaluation.coco.numbers, golden.coco.numbers, golden.name)
      assertClose(evaluation.classes.map(\.voc07), golden.voc07, golden.name)
      assertClose(evaluation.classes.map(\.vocArea), golden.vocArea, golden.name)
      assertClose(evaluation.classes.map(\.ilsvrc), golden.ilsvrc, golden.name)
      assertClose(evaluation.classes.map(\.coco), golden.coco.perClass, golden.name)
    }
  }
}
