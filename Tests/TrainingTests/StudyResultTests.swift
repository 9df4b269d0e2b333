import Foundation
import Training
import XCTest

/// What studies find, as values and in files.
final class StudyResultTests: XCTestCase {
  private typealias Cell = StudyTable.Cell

  private func result() -> StudyResult {
    var result = StudyResult(of: Studies.all[0])
    result.paragraphs = ["one <p>"]
    result.tables = [
      StudyTable(
        "title", columns: [.init("a", .text), .init("b", .share), .init("c", .share, isPublished: true)],
        rows: [
          [.text("x"), .spread(mean: 0.5, deviation: 0.25), .number(0.153)],
          [.text("y"), .number(.infinity), .none],
        ], note: "note")
    ]
    result.figures = [
      StudyFigure(
        "figure", xTitle: "x", unit: .number,
        series: [.init("s", [.init(x: 1, values: [1, 3]), .init(x: 2, values: [2])])])
    ]
    (result.seconds, result.differences) = (12, ["differs"])
    return result
  }

  /// A plain encoder takes it, numbers that are none included, and gives it back.
  func testFilesKeepEverything() throws {
    let data = try JSONEncoder().encode([result()])
    XCTAssertEqual(try JSONDecoder().decode([StudyResult].self, from: data), [result()])
    let text = String(decoding: data, as: UTF8.self)
    XCTAssertTrue(text.contains(#"["x",{"#) && text.contains(#"["y",{"number":"Infinity"},null]"#), text)
    let odd: [Cell] = [
      .number(.nan), .number(-.infinity), .spread(mean: .nan, deviation: .infinity), .number(-0.5),
    ]
    let back = try JSONDecoder().decode([Cell].self, from: JSONEncoder().encode(odd))
    guard case .number(let first) = back[0], case .spread(let mean, let deviation) = back[2] else {
      return XCTFail("\(back)")
    }
    XCTAssertTrue(first.isNaN && mean.isNaN && deviation == .infinity)
    XCTAssertEqual([back[1], back[3]], [odd[1], odd[3]])
    let point = StudyFigure.Point(x: 1, values: [])
    let read = try JSONDecoder().decode(StudyFigure.Point.self, from: JSONEncoder().encode(point))
    XCTAssertTrue(read.y.isNaN && read.low == nil && read.x == 1)
    XCTAssertThrowsError(try JSONDecoder().decode(Cell.self, from: Data(#"{"number":"many"}"#.utf8)))
  }

  func testMeanAndDeviation() {
    XCTAssertEqual(Cell.of([]), .none)
    XCTAssertEqual(Cell.of([0.5]), .number(0.5))
    XCTAssertEqual(Cell.of(nil as Double?), .none)
    // Deviations −1, 0, 1: 2 over n − 1.
    XCTAssertEqual(Cell.of([1, 2, 3]), .spread(mean: 2, deviation: 1))
    XCTAssertEqual(Cell.of([1, 3]), .spread(mean: 2, deviation: 2.0.squareRoot()))
    let point = StudyFigure.Point(x: 4, values: [1, 5, 3])
    XCTAssertEqual([point.y, point.low, point.high], [3, 1, 5])
    XCTAssertNil(StudyFigure.Point(x: 4, values: [1]).low)
  }

  func testNumbersAsWords() {
    for (unit, value, expected) in [
      (StudyTable.Unit.share, 0.975, "97.50 %"), (.seconds, 0.0123, "12.3 ms"),
      (.seconds, 0.00123, "1.23 ms"),
      (.duration, 3720, "1 h 2 min"), (.duration, 12.34, "12.3 s"), (.count, 25_557_032, "25,557,032"),
      (.bytes, 98_100_000, "98.1 MB"), (.number, 0.05, "0.05"), (.share, .nan, "–"), (.count, .infinity, "∞"),
      (.count, 1e300, String(format: "%.0f", 1e300)),
    ] as [(StudyTable.Unit, Double, String)] {
      XCTAssertEqual(unit.text(value), expected)
    }
    XCTAssertEqual(StudyTable.Unit.share.text(mean: 0.975, deviation: 0.0031), "97.50 ± 0.31 %")
    XCTAssertEqual(StudyTable.Unit.duration.text(mean: 90, deviation: 6), "1.5 ± 0.1 min")
    XCTAssertEqual(StudyTable.Unit.seconds.text(mean: 0.0123, deviation: 0.0004), "12.3 ± 0.4 ms")
    let column = StudyTable.Column("error", .share, isPublished: true)
    XCTAssertEqual(column.text(.none), "–")
    XCTAssertEqual(column.text(.text("anything")), "anything")
    XCTAssertEqual(column.head, "error (published)")
  }

  /// min(wish, max(1, what fits)).
  func testPlanningOfEpochs() {
    func epochs(_ wish: Int, _ budget: Double, _ seconds: Double) -> Int {
      EpochPlan(wish: wish, budget: budget, secondsPerEpoch: seconds).epochs
    }
    XCTAssertEqual(epochs(60, 100, 10), 10)
    XCTAssertEqual(epochs(60, 109, 10), 10)
    XCTAssertEqual(epochs(5, 100, 10), 5)
    XCTAssertEqual(epochs(60, 9, 10), 1, "one at least")
    XCTAssertEqual(epochs(60, 9, 0), 60)
    XCTAssertEqual(epochs(60, 9, .nan), 60)
    XCTAssertTrue(
      EpochPlan(wish: 60, budget: 9, secondsPerEpoch: 10).sentence.contains("is more than the budget"))
    XCTAssertTrue(
      EpochPlan(wish: 60, budget: 100, secondsPerEpoch: 10).sentence.contains("10 epochs of the 60"))
    XCTAssertTrue(
      EpochPlan(wish: 5, budget: 100, secondsPerEpoch: 10).sentence.contains("5 epochs, as many as"))
    // 40 of the 100 seconds are gone.
    let beside = EpochPlan(wish: 60, budget: 100, secondsPerEpoch: 10, secondsBeside: 40)
    XCTAssertEqual(beside.epochs, 6)
    XCTAssertTrue(beside.sentence.contains("with 40.0 s for what else is computed"), beside.sentence)
    for seconds in [0, 1e-9, 10] {
      let spent = EpochPlan(wish: 60, budget: 9, secondsPerEpoch: seconds, secondsBeside: 10)
      XCTAssertEqual(spent.epochs, 1)
      XCTAssertTrue(spent.sentence.contains("one epoch of 60"), spent.sentence)
    }
    XCTAssertEqual(EpochPlan(given: 3).epochs, 3)
    XCTAssertEqual(EpochPlan(given: 3).sentence, "Every run has 3 epochs, as was asked for.")
  }

  func testTheBestRecipeAndThatThereIsNone() throws {
    func sentence(_ none: [Double], _ flip: [Double], _ crop: [Double], lost: Int = 0) -> String? {
      StudyResult.bestBesideFirst([
        (name: "none", accuracies: SeedValues(none)), (name: "flip", accuracies: SeedValues(flip)),
        (name: "crop", accuracies: SeedValues(crop, diverged: lost)),
      ])
    }
    let best = try XCTUnwrap(sentence([0.5, 0.6], [0.4, 0.5], [0.8, 0.7]))
    XCTAssertTrue(best.hasPrefix("The best recipe: crop has 75.00 ± 7.07 % accuracy, none 55.00"), best)
    for flip in [[0.4, 0.5], [0.5, 0.6]] {
      let none = try XCTUnwrap(sentence([0.5, 0.6], flip, []))
      XCTAssertTrue(none.hasPrefix("No recipe beats none. The best of them: flip has "), none)
    }
    let lost = try XCTUnwrap(sentence([], [], []))
    XCTAssertTrue(lost.hasPrefix("No recipe beats none") && lost.contains("cannot be compared"), lost)
    XCTAssertNil(StudyResult.bestBesideFirst([(name: "none", accuracies: SeedValues([0.5]))]))
    // The one run that is left of two is not the best.
    let survivor = try XCTUnwrap(sentence([0.5, 0.6], [0.7, 0.8], [0.9], lost: 1))
    XCTAssertTrue(survivor.hasPrefix("The best recipe: flip has 75.00"), survivor)
  }

  /// What diverged counts as worse than anything, and a lone seed is said to be one where it is.
  func testComparisonOfSeeds() {
    func text(_ one: [Double], _ lost: Int, _ other: [Double], _ otherLost: Int) -> String {
      StudyResult.comparison(
        "a", SeedValues(one, diverged: lost), with: "b", SeedValues(other, diverged: otherLost))
    }
    let (better, worse) = (
      "the worst seed of the one is better than the best of the other.",
      "the best seed of the one is worse than the worst of the other."
    )
    for (said, end) in [
      (text([0.9], 0, [0.5], 0), "a has 90.00 % accuracy, b 50.00 %; one seed each says little."),
      (text([0.9], 0, [0.5, 0.5], 0), "; one seed of a says little."),
      (text([0.5, 0.5], 0, [0.9], 0), "; one seed of b says little."),
      (text([0.9, 0.8], 0, [0.5, 0.6], 0), ": \(better)"),
      (text([0.5, 0.6], 0, [0.9, 0.8], 0), ": \(worse)"),
      (text([0.9, 0.8], 0, [0.5, 0.85], 0), ": the ranges over the seeds overlap."),
      (
        text([0.9], 2, [0.5, 0.6], 0),
        "a has 90.00 % accuracy (2 of 3 runs diverged), b 55.00 ± 7.07 %: the ranges over the seeds overlap, runs that diverged "
          + "being the worst."
      ),
      (text([0.9, 0.8], 0, [0.5], 1), "50.00 % (1 of 2 runs diverged): \(better)"),
      (text([], 2, [0.5, 0.6], 0), "a and b cannot be compared: every run of a diverged."),
      (text([], 2, [], 2), "every run of a and of b diverged."),
    ] { XCTAssertTrue(said.hasSuffix(end), said) }
  }

  /// A plan that is asked for otherwise is the same one where it has as many epochs, in the words of what is asked for.
  func testAPlanIsRenewed() throws {
    let plan = EpochPlan(wish: 60, budget: 100, secondsPerEpoch: 10)
    XCTAssertEqual(plan.renewed(epochs: nil, budget: 100), plan)
    let other = try XCTUnwrap(plan.renewed(epochs: nil, budget: 105))
    XCTAssertTrue(other.sentence.contains("10 epochs of the 60") && other.sentence.contains("1 min 45 s"))
    XCTAssertNil(plan.renewed(epochs: nil, budget: 200))
    XCTAssertEqual(plan.renewed(epochs: 10, budget: 1), EpochPlan(given: 10))
    XCTAssertNil(plan.renewed(epochs: 9, budget: 100))
    let given = try XCTUnwrap(EpochPlan(given: 3).renewed(epochs: nil, budget: 1))
    XCTAssertEqual(given.sentence, "Every run has 3 epochs, as was asked for when the runs began.")
  }

  /// Wilson's interval is where |p̂ − p| is z standard errors of p: each bound solves that equation.
  func testWilsonInterval() throws {
    for (share, count) in [(0.05, 359), (0.5, 10), (0, 20), (1, 20), (0.3, 1)] as [(Double, Int)] {
      let interval = try XCTUnwrap(WilsonInterval(share: share, of: count))
      for bound in [interval.low, interval.high] where bound > 1e-9 && bound < 1 - 1e-9 {
        let error = (bound * (1 - bound) / Double(count)).squareRoot()
        XCTAssertEqual(abs(share - bound), 1.959963984540054 * error, accuracy: 1e-12)
      }
      XCTAssertTrue(interval.low <= share && share <= interval.high && interval.low < interval.high)
    }
    // 0 of n: from 0 to z²/(n + z²).
    XCTAssertEqual(WilsonInterval(share: 0, of: 20)!.low, 0, accuracy: 1e-12)
    XCTAssertEqual(WilsonInterval(share: 0, of: 20)!.high, 3.8414588 / 23.8414588, accuracy: 1e-8)
    XCTAssertNil(WilsonInterval(share: 0.5, of: 0))
    XCTAssertNil(WilsonInterval(share: .nan, of: 5))
  }

  func testParetoFrontAndQuantiles() {
    let points = [(3.0, 1.0), (1, 3), (2, 2), (2, 2.5), (4, 1), (.nan, 0), (0.5, 4)]
    XCTAssertEqual(Pareto.front(points.map { (x: $0.0, y: $0.1) }), [6, 1, 2, 0])
    XCTAssertEqual([4.0, 1, 2, 3].quantile(0.25), 1.75)
    XCTAssertEqual([4.0, 1, 2, 3].quantile(0.75), 3.25)
    XCTAssertEqual([7.0].quantile(0.25), 7)
    XCTAssertEqual([1.0, 2].quantile(1), 2)
  }

  func testStudiesHaveNamesOfTheirOwn() {
    let names = Studies.all.map(\.name)
    XCTAssertEqual(Set(names).count, names.count)
    for name in names { XCTAssertEqual(Studies.study(named: name)?.name, name) }
    XCTAssertNil(Studies.study(named: "all"))
    XCTAssertTrue(Set(names).isSuperset(of: ["error", "depth", "inference", "augmentation", "batchnorm"]))
  }
}
