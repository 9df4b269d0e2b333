import Datasets
import Engine
import Foundation
import Models
import Training
import XCTest

/// Mistakes, the meter and what the report shows of a detector.
final class DetectionEvaluationTests: XCTestCase {
  private func box(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float) -> BoundingBox {
    BoundingBox(left: left, top: top, right: right, bottom: bottom)
  }

  private let names = ["cell <small>", "platelet"]

  /// A picture with one mistake of each kind, and what is right or counts as nothing beside it.
  private var truths: [LabelledBox] {
    [
      LabelledBox(box(0, 0, 40, 40), label: 0), LabelledBox(box(100, 0, 140, 40), label: 0),
      LabelledBox(box(0, 100, 40, 140), label: 1), LabelledBox(box(100, 100, 140, 140), label: 1),
      LabelledBox(box(200, 200, 220, 220), label: 1, isDifficult: true),
      LabelledBox(box(240, 240, 250, 250), label: 0, isCrowd: true),
    ]
  }

  private var found: [Detection] {
    [
      Detection(box(0, 0, 40, 40), label: 0, score: 0.99), Detection(box(1, 0, 41, 40), label: 0, score: 0.9),
      Detection(box(120, 0, 160, 40), label: 0, score: 0.8),
      Detection(box(0, 100, 40, 140), label: 0, score: 0.7),
      Detection(box(200, 0, 230, 30), label: 1, score: 0.6),
      Detection(box(200, 200, 220, 220), label: 1, score: 0.6),
      Detection(box(240, 240, 250, 250), label: 0, score: 0.55),
      // Too unsure to count below.
      Detection(box(250, 0, 255, 5), label: 1, score: 0.1),
    ]
  }

  func testMistakesAreSorted() throws {
    let evaluation = DetectionEvaluation([found, []], [truths, []], classNames: names, score: 0.5)
    XCTAssertEqual(evaluation.pictures, 2)
    XCTAssertEqual(evaluation.objects, 4)
    XCTAssertEqual(evaluation.classes[0].mistakes, [.duplicate: 1, .localization: 1, .classification: 1])
    XCTAssertEqual(evaluation.classes[1].mistakes, [.background: 1, .missed: 1])
    for kind in DetectionMistake.Kind.allCases {
      XCTAssertEqual(evaluation.count(kind), 1, kind.rawValue)
      let mistake = try XCTUnwrap(evaluation.mistakes.first { $0.kind == kind })
      XCTAssertEqual(mistake.picture, 0)
      XCTAssertEqual(mistake.detection == nil, kind == .missed)
    }
    let missed = try XCTUnwrap(evaluation.mistakes.first { $0.kind == .missed })
    XCTAssertEqual(missed.truth?.box, box(100, 100, 140, 140))
    XCTAssertEqual(evaluation.mistakes.first { $0.kind == .classification }?.truth?.label, 1)
    // All detections count in the curve, whatever the score that mistakes begin at.
    XCTAssertEqual(evaluation.classes[1].detections, 3)
    let data = try JSONEncoder().encode(evaluation)
    XCTAssertEqual(try JSONDecoder().decode(DetectionEvaluation.self, from: data), evaluation)
  }

  /// Of the thresholds the one with the greatest F₁: two right of three above 0.5 are 4/5, one of one is 2/3.
  func testScoreOfTheGreatestF1() {
    let here = box(0, 0, 10, 10)
    let there = box(20, 0, 30, 10)
    let truths = [LabelledBox(here, label: 0), LabelledBox(there, label: 1)]
    let found = [
      Detection(here, label: 0, score: 0.9), Detection(here, label: 1, score: 0.7),
      Detection(there, label: 1, score: 0.5),
      Detection(box(50, 50, 60, 60), label: 1, score: 0.25),
    ]
    XCTAssertEqual(DetectionEvaluation([found], [truths], classNames: names).score, 0.5)
    XCTAssertEqual(DetectionEvaluation([[]], [truths], classNames: names).score, 0)
  }

  // MARK: The meter

  private func batch(_ targets: [[LabelledBox]]) -> Batch<[LabelledBox]> {
    Batch(
      images: Tensor(shape: [targets.count, 64, 96, 3]) { $0.initialize(repeating: 0) }, targets: targets,
      sizes: targets.map { _ in Image.Size(width: 80, height: 60) })
  }

  func testMeterMeasuresWhatTheMetricsDo() throws {
    let targets = [
      [LabelledBox(box(0, 0, 40, 40), label: 0)], [LabelledBox(box(5, 5, 30, 50), label: 1)], [],
    ]
    let outputs = [
      [Detection(box(0, 0, 40, 40), label: 0, score: 0.9)],
      [
        Detection(box(5, 5, 30, 25), label: 1, score: 0.8),
        Detection(box(5, 5, 30, 50), label: 1, score: 0.7),
      ],
      [Detection(box(0, 0, 9, 9), label: 1, score: 0.75)],
    ]
    var meter = DetectionMeter<[[Detection]], [LabelledBox]>(
      classNames: names, phase: .validation, showing: .plain(channels: 3))
    meter.add(Array(outputs[..<2]), for: batch(Array(targets[..<2])))
    meter.add(Array(outputs[2...]), for: batch(Array(targets[2...])))
    let metrics = meter.metrics
    XCTAssertEqual(metrics["map50"], DetectionMetrics.vocArea(outputs, targets, classes: 2).mean)
    XCTAssertEqual(metrics["map50"], (1 + 1.0 / 3) / 2)
    XCTAssertEqual(metrics["map"], DetectionMetrics.coco(outputs, targets, classes: 2).ap)
    XCTAssertEqual(Set(metrics.keys), ["map50", "map50_07", "map", "map75", "recall100"])

    let evaluation = meter.evaluation(Measures(loss: 1.5))
    XCTAssertEqual(evaluation.loss, 1.5)
    XCTAssertEqual(evaluation.vocArea, metrics["map50"])
    // The pictures without padding, the most mistaken one first.
    XCTAssertEqual(meter.examples.count, 3)
    XCTAssertEqual(meter.examples[0].truthLabel, "picture 2: 1 localization")
    XCTAssertEqual(meter.examples[2].truthLabel, "picture 1: nothing wrong")
    let picture = try Image(decoding: meter.examples[0].png, name: "example")
    XCTAssertEqual(picture.size, Image.Size(width: 80, height: 60))
    XCTAssertNotEqual(picture, Image(width: 80, height: 60, repeating: 0))

    var training = DetectionMeter<[[Detection]], [LabelledBox]>(
      classNames: names, phase: .training, showing: nil)
    training.add([], for: batch([[]]))
    XCTAssertEqual(training.metrics, [:])
    XCTAssertEqual(BestMetric.map50.better, .higher)
  }

  // MARK: The report

  func testReportShowsMetricsCurvesMistakesAndPictures() throws {
    let evaluation = DetectionEvaluation([found], [truths], classNames: names, score: 0.5)
    let picture = ExamplePicture(
      Image(width: 256, height: 256, repeating: 90), detections: found, mistakes: evaluation.mistakes,
      classNames: names, name: "a.jpg")
    XCTAssertEqual(
      picture.truthLabel, "a.jpg: 1 localization, 1 classification, 1 duplicate, 1 background, 1 missed")
    let html = DetectionReport(title: "a <b>", evaluation, pictures: [picture]).html
    XCTAssertTrue(html.hasPrefix("<!DOCTYPE html>"))
    for word in [
      "Mean average precision", "Precision and recall", "Mistakes", "cell &lt;small&gt;: precision by recall",
      "a &lt;b&gt;", "prefers-color-scheme: dark", picture.png.base64EncodedString(),
    ] { XCTAssertTrue(html.contains(word), String(word.prefix(40))) }
    XCTAssertEqual(html.components(separatedBy: "<svg").count - 1, 2)
    XCTAssertEqual(html.components(separatedBy: "<polyline").count - 1, 2)
    XCTAssertFalse(html.contains("<small>") || html.contains("NaN") || html.contains("http://"))
    XCTAssertFalse(html.contains("<script") || html.contains("<link"))
    let row = "<td class=\"left\">all</td><td>1</td><td>1</td><td>1</td><td>1</td><td>1</td>"
    XCTAssertTrue(html.contains(row))
  }

  private struct Greys: Dataset {
    let targets: [[LabelledBox]]
    var count: Int { targets.count }
    func example(at index: Int) -> Example<[LabelledBox]> {
      Example(image: Image(width: 600, height: 300, repeating: UInt8(40 * index)), target: targets[index])
    }
  }

  /// The pictures with the most mistakes, made no larger than they are shown.
  func testExamplesAreThePicturesWithTheMostMistakes() throws {
    let data = Greys(targets: [[], truths, [LabelledBox(box(0, 0, 40, 40), label: 0)], truths])
    let all = [[], found, [], [found[0]]]
    let evaluation = DetectionEvaluation(all, data.targets, classNames: names, score: 0.5)
    let examples = try evaluation.examples(all, in: data, limit: 2)
    XCTAssertEqual(
      examples.map(\.truthLabel),
      [
        "picture 2: 1 localization, 1 classification, 1 duplicate, 1 background, 1 missed",
        "picture 4: 3 missed",
      ])
    let picture = try Image(decoding: examples[0].png, name: "example")
    XCTAssertEqual(picture.size, Image.Size(width: 480, height: 240))
    XCTAssertEqual(picture[470, 230, 0], 40)
    XCTAssertEqual(try evaluation.examples(all, in: data).count, 3)
  }

  func testDetectionsAreDrawnWithTheirNames() {
    let image = Image(width: 120, height: 80, channels: 1, repeating: 100)
    let found = [
      Detection(box(20, 30, 100, 70), label: 0, score: 0.93),
      Detection(box(0, 0, 9, 9), label: 7, score: .nan),
    ]
    let drawn = image.drawing(found, names: ["dog"])
    XCTAssertEqual(
      drawn,
      image.drawing([
        (box: found[1].box, text: "7", color: 7), (box: found[0].box, text: "dog 93%", color: 0),
      ]))
    XCTAssertEqual(drawn.channels, 3)
    XCTAssertEqual(drawn.size, image.size)
  }
}
