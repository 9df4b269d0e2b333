import Engine
import Foundation
import Models
import TestSupport
import Training
import XCTest

/// The learning-rate finder: its curve, its suggestion, and that it leaves nothing behind.
final class LearningRateFinderTests: XCTestCase {
  func testTheCurveRisesAndNothingStays() throws {
    let run = try SmallRun()
    let before = run.network.store.all.map(\.value.scalars)
    let trainer = try run.trainer()
    var told: [Int] = []
    let curve = try trainer.learningRateCurve(from: 1e-4, to: 10, steps: 26) { told.append($0) }
    XCTAssertEqual(
      run.network.store.all.map(\.value.scalars), before, "weights, statistics and counters are put back")
    XCTAssertEqual(told, Array(1...curve.points.count))
    // Five batches an epoch: it goes over several of them.
    XCTAssertGreaterThan(curve.points.count, 10)
    for (index, point) in curve.points.enumerated() {
      XCTAssertEqual(point.rate, 1e-4 * pow(1e5, Double(index) / 25), accuracy: 1e-9 * point.rate)
      let weights = (0...index).map { pow(0.9, Double(index - $0)) }
      let mean = zip(weights, curve.points).reduce(0) { $0 + $1.0 * $1.1.loss } / weights.reduce(0, +)
      XCTAssertEqual(point.smoothed, mean, accuracy: 1e-9 * mean)
    }
    // The first step's loss is that of the network as it stands: training from here has the same.
    final class First: TrainingObserver {
      var losses: [Double] = []
      func didTakeStep(_ progress: StepProgress) { losses.append(progress.loss) }
    }
    let first = First()
    try run.trainer(observer: first).run(until: 1)
    XCTAssertEqual(curve.points[0].loss, first.losses[0])
    let again = try SmallRun()
    XCTAssertEqual(try again.trainer().learningRateCurve(from: 1e-4, to: 10, steps: 26), curve)
  }

  private func curve(_ losses: [(Double, Double)]) throws -> LearningRateCurve {
    let points = losses.map { #"{"rate":\#($0),"loss":\#($1),"smoothed":\#($1)}"# }
    return try JSONDecoder().decode(
      LearningRateCurve.self, from: Data(#"{"points":[\#(points.joined(separator: ","))]}"#.utf8))
  }

  func testTheSuggestion() throws {
    XCTAssertEqual(try curve([(1e-3, 2), (1e-2, 1.5), (0.1, 1), (1, 3)]).suggestion, 0.01)
    XCTAssertNil(try curve([(1e-3, 2), (1e-2, 1.99), (0.1, 1.98), (1, 3)]).suggestion, "it hardly fell")
    XCTAssertNil(try curve([(1e-3, 2), (1e-2, 1.5), (0.1, 1), (1, 0.5)]).suggestion, "it was still falling")
    XCTAssertNil(try curve([(1e-3, 2), (1e-2, 3), (0.1, 4)]).suggestion, "it rose")
    XCTAssertNil(try curve([]).suggestion)
  }

  func testThePicture() throws {
    let curve = try curve([(1e-3, 2), (1e-2, 1.5), (0.1, 1), (1, 3)])
    let svg = LearningRateChart(curve).svg
    XCTAssertTrue(svg.hasPrefix("<svg xmlns="))
    XCTAssertEqual(svg.components(separatedBy: "<polyline").count - 1, 2)
    XCTAssertTrue(svg.contains("class=\"mark\"") && svg.contains(">0.01</text>"), svg)
    let page = LearningRateChart(curve).page(title: "a <b>")
    XCTAssertTrue(page.contains("a &lt;b&gt;") && page.contains(svg) && page.hasPrefix("<!DOCTYPE html>"))
    // What says nothing is drawn all the same.
    for few in [[], [(0.1, 1.0)]] {
      XCTAssertFalse(LearningRateChart(try self.curve(few)).svg.contains("nan"))
    }
  }
}
