import Foundation
import Images
import Models
import Training
import XCTest

/// Metrics of a few boxes, computed by hand.
final class DetectionMetricsTests: XCTestCase {
  private func box(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float) -> BoundingBox {
    BoundingBox(left: left, top: top, right: right, bottom: bottom)
  }

  private let here = BoundingBox(left: 0, top: 0, right: 10, bottom: 10)
  private let there = BoundingBox(left: 50, top: 50, right: 60, bottom: 60)
  private let nowhere = BoundingBox(left: 80, top: 0, right: 90, bottom: 10)

  /// Right, wrong, right, and one of four objects not found: precisions 1, 1/2, 2/3 at recalls 1/4, 1/4, 1/2; difficult ones
  /// count as nothing.
  func testCurveByHand() throws {
    let truths = [
      [LabelledBox(here, label: 0), LabelledBox(there, label: 0)],
      [
        LabelledBox(here, label: 0), LabelledBox(there, label: 0),
        LabelledBox(nowhere, label: 0, isDifficult: true),
      ],
    ]
    let found = [
      [Detection(nowhere, label: 0, score: 0.8), Detection(here, label: 0, score: 0.9)],
      [Detection(nowhere, label: 0, score: 0.95), Detection(there, label: 0, score: 0.7)],
    ]
    let curve = try XCTUnwrap(DetectionMetrics.vocCurves(found, truths, classes: 1).first)
    XCTAssertEqual(curve.objects, 4)
    XCTAssertEqual(curve.scores, [0.9, 0.8, 0.7])
    XCTAssertEqual(curve.precision, [1, 0.5, 2.0 / 3])
    XCTAssertEqual(curve.recall, [0.25, 0.25, 0.5])
    // Recalls 0, 0.1, 0.2 at a precision of 1; 0.3, 0.4, 0.5 at 2/3; none above.
    XCTAssertEqual(try XCTUnwrap(curve.elevenPointAverage), (3 + 3 * 2.0 / 3) / 11, accuracy: 1e-12)
    XCTAssertEqual(try XCTUnwrap(curve.area), 0.25 * 1 + 0.25 * 2 / 3, accuracy: 1e-12)
  }

  /// The second one on an object is wrong, even though another object with an IoU of 0.6 is free.
  func testVOCLooksAtTheBestObjectAlone() throws {
    let truths = [[LabelledBox(box(0, 0, 100, 100), label: 0), LabelledBox(box(0, 0, 100, 64), label: 0)]]
    // An IoU of 0.8 with the first and of 0.8 with the second: the first of equals.
    let middle = box(0, 0, 100, 80)
    XCTAssertEqual(
      middle.intersectionOverUnion(truths[0][0].box), middle.intersectionOverUnion(truths[0][1].box))
    let found = [[Detection(middle, label: 0, score: 0.9), Detection(middle, label: 0, score: 0.8)]]
    XCTAssertEqual(DetectionMetrics.vocArea(found, truths, classes: 1).perClass, [0.5])
    // COCO takes the later of equals and then the free one.
    XCTAssertEqual(
      try XCTUnwrap(DetectionMetrics.coco(found, truths, classes: 1).perClass50[0]), 1, accuracy: 1e-9)
    // ILSVRC looks at free ones.
    XCTAssertEqual(DetectionMetrics.ilsvrcDetection(found, truths, classes: 1).perClass, [1])
  }

  /// An IoU of 0.5 is enough, a little less is not.
  func testOverlapOfOneHalf() {
    let truths = [[LabelledBox(box(0, 0, 100, 100), label: 0)]]
    func area(_ height: Float) -> [Double?] {
      DetectionMetrics.vocArea(
        [[Detection(box(0, 0, 100, height), label: 0, score: 1)]], truths, classes: 1
      ).perClass
    }
    XCTAssertEqual(area(50), [1])
    XCTAssertEqual(area(49.75), [0])
    XCTAssertEqual(area(200), [1])
  }

  /// A detection in a crowd counts as nothing by its own area, as in COCO's metric: VOC has no crowds. One that finds an object
  /// there is right, one of half its area outside is not excused, and one on a difficult object asks for an IoU.
  func testCrowdsOfVOC() {
    let crowd = LabelledBox(box(0, 0, 100, 100), label: 0, isCrowd: true)
    let object = LabelledBox(box(10, 10, 30, 30), label: 0)
    func curve(_ found: [BoundingBox], _ truths: [LabelledBox]) -> (precision: [Double], recall: [Double]) {
      let found = found.enumerated().map { Detection($1, label: 0, score: 1 - Float($0) / 10) }
      let curve = DetectionMetrics.vocCurves([found], [truths], classes: 1)[0]
      return (curve.precision, curve.recall)
    }
    XCTAssertEqual(curve([box(60, 60, 80, 80), object.box, object.box], [crowd, object]).precision, [1])
    XCTAssertEqual(curve([object.box, box(91, 0, 109, 20)], [crowd, object]).precision, [1])
    XCTAssertEqual(curve([object.box, box(92, 0, 110, 20)], [crowd, object]).precision, [1, 0.5])
    let difficult = LabelledBox(crowd.box, label: 0, isDifficult: true)
    XCTAssertEqual(curve([box(60, 60, 80, 80), object.box], [difficult, object]).precision, [0, 0.5])
    XCTAssertEqual(curve([box(0, 0, 100, 90), object.box], [difficult, object]).recall, [1])
  }

  /// A box of 10×10 pixels asks for an IoU of 100/400, a large one for 0.5.
  func testILSVRCAsksForLessOfSmallObjects() {
    func area(_ object: BoundingBox, _ found: BoundingBox) -> [Double?] {
      DetectionMetrics.ilsvrcDetection(
        [[Detection(found, label: 0, score: 1)]], [[LabelledBox(object, label: 0)]], classes: 1
      ).perClass
    }
    XCTAssertEqual(area(box(0, 0, 10, 10), box(0, 0, 10, 2.5)), [1])
    XCTAssertEqual(area(box(0, 0, 10, 10), box(0, 0, 10, 2.4375)), [0])
    XCTAssertEqual(area(box(0, 0, 100, 100), box(0, 0, 100, 50)), [1])
    XCTAssertEqual(area(box(0, 0, 100, 100), box(0, 0, 100, 49)), [0])
  }

  func testLocalizationErrorByHand() throws {
    let truths = [
      [LabelledBox(here, label: 0), LabelledBox(there, label: 0)], [LabelledBox(here, label: 1)], [],
      [LabelledBox(here, label: 2), LabelledBox(there, label: 3)],
    ]
    let found = [
      // The surest of the class is on the second object.
      [Detection(there, label: 0, score: 0.5), Detection(nowhere, label: 0, score: 0.4)],
      // The surest of the class is nowhere; a second one does not help.
      [Detection(nowhere, label: 1, score: 0.5), Detection(here, label: 1, score: 0.4)], [],
      // One of two classes.
      [Detection(here, label: 2, score: 0.5), Detection(nowhere, label: 3, score: 0.4)],
    ]
    let error = DetectionMetrics.ilsvrcLocalizationError(found, truths)
    XCTAssertEqual(try XCTUnwrap(error), (0 + 1 + 0.5) / 3, accuracy: 1e-12)
    XCTAssertNil(DetectionMetrics.ilsvrcLocalizationError([[]], [[]]))
  }

  /// Nothing to find, and numbers that are none.
  func testEmptyAndOddInputs() throws {
    XCTAssertEqual(DetectionMetrics.voc07([], [], classes: 2).perClass, [nil, nil])
    XCTAssertNil(DetectionMetrics.vocArea([], [], classes: 2).mean)
    XCTAssertEqual(DetectionMetrics.coco([[]], [[]], classes: 1).numbers, Array(repeating: nil, count: 12))
    let odd = [
      Detection(box(.nan, 0, 10, .infinity), label: 0, score: .nan),
      Detection(here, label: 0, score: .infinity),
    ]
    let truths = [[LabelledBox(here, label: 0)]]
    XCTAssertEqual(DetectionMetrics.vocArea([odd], truths, classes: 1).perClass, [1])
    XCTAssertEqual(
      try XCTUnwrap(DetectionMetrics.coco([odd], truths, classes: 1).perClass50[0]), 1, accuracy: 1e-9)
    // Nothing in a report that JSON has no word for.
    let evaluation = DetectionEvaluation([odd], truths, classNames: ["a"], score: -.infinity, loss: .nan)
    XCTAssertNoThrow(try JSONEncoder().encode(evaluation))
  }

  func testThinnedCurvesKeepTheirEnds() throws {
    let truths = [(0..<40).map { LabelledBox(box(Float($0) * 20, 0, Float($0) * 20 + 10, 10), label: 0) }]
    let found = [
      (0..<80).map {
        Detection(box(Float($0) * 10, 0, Float($0) * 10 + 10, 10), label: 0, score: Float(80 - $0))
      }
    ]
    let curve = DetectionMetrics.vocCurves(found, truths, classes: 1)[0]
    let thin = curve.thinned(to: 9)
    XCTAssertEqual(thin.scores.count, 9)
    XCTAssertEqual([thin.scores.first, thin.scores.last], [80, 1])
    XCTAssertEqual(thin.recall.last, 1)
    XCTAssertEqual(thin.precision.last, 0.5)
    XCTAssertEqual(curve.thinned(to: 80), curve)
  }
}
