import Engine
import Foundation
import Training
import XCTest

/// Metrics of logits with many ties against scikit-learn and PyTorch (scripts/goldens/topics/metrics.py).
final class MetricGoldenTests: XCTestCase {
  private struct Golden: Decodable {
    let name: String
    let classes: Int
    let labels: [Int]
    /// The pictures of each batch.
    let batches: [Int]
    let logits: [Float]
    /// For each picture all classes, best first.
    let order: [Int]
    /// In the order of the classes.
    let probabilities: [Double]
    let loss: Double
    let accuracy: Double
    /// Element k − 1: the share of pictures whose label is among the first k.
    let top: [Double]
    let recall: [Double?]
    let confusion: [[Int]]

    var isFinite: Bool { logits.allSatisfy(\.isFinite) }
    var classNames: [String] { (0..<classes).map { "class \($0)" } }

    func tensor(_ rows: Range<Int>) -> Tensor {
      Tensor(
        Array(logits[rows.lowerBound * classes..<rows.upperBound * classes]), shape: [rows.count, classes])
    }
  }

  private func goldens() throws -> [Golden] {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: "metrics", withExtension: "json", subdirectory: "Fixtures"))
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let goldens = try decoder.decode([Golden].self, from: Data(contentsOf: url))
    XCTAssertEqual(goldens.count, 6)
    return goldens
  }

  /// Accuracy, top five, confusion and per-class recall exactly; the loss, of means in single precision, within 10⁻⁶.
  func testEvaluation() throws {
    for golden in try goldens() {
      var tally = Tally(classes: golden.classes)
      var start = 0
      for count in golden.batches {
        let rows = start..<start + count
        let (logits, labels) = (golden.tensor(rows), Array(golden.labels[rows]))
        tally.add(logits: logits, labels: labels, loss: crossEntropy(logits, labels: labels).scalar)
        start = rows.upperBound
      }
      let evaluation = tally.evaluation(classNames: golden.classNames)
      XCTAssertEqual(evaluation.count, golden.labels.count, golden.name)
      XCTAssertEqual(evaluation.top1, golden.accuracy, golden.name)
      XCTAssertEqual(tally.top1, golden.accuracy, golden.name)
      XCTAssertEqual(evaluation.top5, golden.top[min(5, golden.classes) - 1], golden.name)
      XCTAssertEqual(evaluation.confusion, golden.confusion, golden.name)
      XCTAssertEqual(evaluation.perClass, golden.recall, golden.name)
      if golden.isFinite {
        XCTAssertEqual(evaluation.loss, golden.loss, accuracy: 1e-6 * golden.loss, golden.name)
      }
    }
  }

  /// The order of all classes exactly, and their probabilities within 10⁻⁶; fewer are the first of these.
  func testPredictions() throws {
    for golden in try goldens() {
      let (count, classes) = (golden.labels.count, golden.classes)
      let all = golden.tensor(0..<count)
      let predictions = Prediction.top(classes, of: all, classNames: golden.classNames)
      XCTAssertEqual(predictions.map(\.count), Array(repeating: classes, count: count), golden.name)
      XCTAssertEqual(predictions.flatMap { $0.map(\.class) }, golden.order, golden.name)
      for (picture, row) in predictions.enumerated() where golden.isFinite {
        for prediction in row {
          XCTAssertEqual(
            Double(prediction.probability), golden.probabilities[picture * classes + prediction.class],
            accuracy: 1e-6, "\(golden.name), picture \(picture), class \(prediction.class)")
          XCTAssertEqual(prediction.label, "class \(prediction.class)")
        }
      }
      for k in 1...classes {
        let first = Prediction.top(k, of: all, classNames: golden.classNames).map { $0.map(\.class) }
        XCTAssertEqual(first, predictions.map { $0.prefix(k).map(\.class) }, "\(golden.name), first \(k)")
        let hits = zip(first, golden.labels).count { $0.contains($1) }
        XCTAssertEqual(Double(hits) / Double(count), golden.top[k - 1], "\(golden.name), first \(k)")
      }
    }
  }
}
