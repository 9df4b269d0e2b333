import Engine
import Training
import XCTest

/// Metrics against values worked out by hand.
final class MetricsTests: XCTestCase {
  /// Rows of six classes, so that the first five leave one out.
  private let logits = Tensor(
    [
      0, 1, 2, 3, 4, 5,  // label 5: first
      5, 4, 3, 2, 1, 0,  // label 5: sixth
      2, 2, 2, 2, 2, 2,  // label 0: all equal, the lowest index is first
      2, 2, 2, 2, 2, 2,  // label 5: all equal, the highest index is sixth
      1, 3, 3, 0, 0, 0,  // label 2: equal to class 1, which stands before it
      1, 0, 0, 0, 0, 0,  // label 4: equal to four others, fifth
    ], shape: [6, 6])
  private let labels = [5, 5, 0, 5, 2, 4]

  func testTopOneAndFiveWithTies() {
    var tally = Tally(classes: 6)
    tally.add(logits: logits, labels: labels, loss: 0.5)
    let evaluation = tally.evaluation(classNames: (0..<6).map(String.init))
    XCTAssertEqual(evaluation.count, 6)
    XCTAssertEqual(evaluation.top1, 2.0 / 6)
    XCTAssertEqual(evaluation.top5, 4.0 / 6)
    XCTAssertEqual(evaluation.loss, 0.5)
    var expected = Array(repeating: Array(repeating: 0, count: 6), count: 6)
    expected[5][5] = 1
    expected[5][0] = 2
    expected[0][0] = 1
    expected[2][1] = 1
    expected[4][0] = 1
    XCTAssertEqual(evaluation.confusion, expected)
    XCTAssertEqual(evaluation.perClass, [1, nil, 0, nil, 0, 1.0 / 3])
  }

  func testBatchesAddUpToTheMeanOverPictures() {
    var tally = Tally(classes: 2)
    tally.add(logits: Tensor([1, 0, 1, 0, 1, 0], shape: [3, 2]), labels: [0, 0, 1], loss: 1)
    tally.add(logits: Tensor([0, 1], shape: [1, 2]), labels: [1], loss: 3)
    XCTAssertEqual(tally.meanLoss, 1.5)
    XCTAssertEqual(tally.top1, 0.75)
    // With fewer classes than five, all are among the first five.
    XCTAssertEqual(tally.evaluation(classNames: ["a", "b"]).top5, 1)
  }

  func testNaNStandsAboveAllNumbers() {
    var tally = Tally(classes: 3)
    tally.add(logits: Tensor([.infinity, .nan, 0], shape: [1, 3]), labels: [1], loss: 0)
    tally.add(logits: Tensor([.nan, .nan, 0], shape: [1, 3]), labels: [1], loss: 0)
    XCTAssertEqual(tally.evaluation(classNames: ["a", "b", "c"]).confusion[1], [1, 1, 0])
  }

  func testPredictionsAreInOrderWithProbabilities() {
    let predictions = Prediction.top(
      3, of: Tensor([0, 2, 2, -1, 0, 0], shape: [2, 3]), classNames: ["a", "b"])
    XCTAssertEqual(predictions.map { $0.map(\.class) }, [[1, 2, 0], [1, 2, 0]])
    XCTAssertEqual(predictions[0].map(\.label), ["b", "2", "a"])
    let (e2, sum) = (exp(2.0), 1 + 2 * exp(2.0))
    XCTAssertEqual(Double(predictions[0][0].probability), e2 / sum, accuracy: 1e-6)
    XCTAssertEqual(Double(predictions[0][2].probability), 1 / sum, accuracy: 1e-6)
    XCTAssertEqual(Prediction.top(9, of: Tensor([1, 2], shape: [1, 2]), classNames: [])[0].count, 2)
  }

  func testWorstConfusions() {
    var tally = Tally(classes: 3)
    let rows: [(seen: Int, label: Int)] = [(0, 0), (1, 0), (2, 1), (2, 1), (0, 2), (0, 2), (1, 2)]
    for row in rows {
      var logits: [Float] = [0, 0, 0]
      logits[row.seen] = 1
      tally.add(logits: Tensor(logits, shape: [1, 3]), labels: [row.label], loss: 0)
    }
    let worst = tally.evaluation(classNames: ["a", "b", "c"]).worstConfusions(3)
    XCTAssertEqual(worst.map(\.truth), [1, 2, 0])
    XCTAssertEqual(worst.map(\.predicted), [2, 0, 1])
    XCTAssertEqual(worst.map(\.pictures), [2, 2, 1])
  }

  func testEvaluationIsCodable() throws {
    var tally = Tally(classes: 6)
    tally.add(logits: logits, labels: labels, loss: 0.25)
    let evaluation = tally.evaluation(classNames: ["a", "b", "c", "d", "e", "f"])
    let data = try JSONEncoder().encode(evaluation)
    XCTAssertEqual(try JSONDecoder().decode(Evaluation.self, from: data), evaluation)
  }
}
