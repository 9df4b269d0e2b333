import Engine
import Foundation
import Images
import Models
import TestSupport
import XCTest

final class SuppressionTests: XCTestCase {
  func testTorchvision() throws {
    let golden = try DetectionGoldens.decode(DetectionGoldens.Boxes.self, "detection_boxes")
    XCTAssertEqual(golden.suppressions.count, 5)
    for golden in golden.suppressions {
      let boxes = boxes(golden.boxes)
      let kept = nonMaximumSuppression(
        boxes, scores: golden.scores, classes: golden.classes, threshold: golden.threshold)
      XCTAssertEqual(kept, golden.kept)
      XCTAssertEqual(
        nonMaximumSuppression(
          boxes, scores: golden.scores, classes: golden.classes, threshold: golden.threshold, limit: 3),
        Array(golden.kept.prefix(3)))
    }
  }

  /// An IoU that equals the threshold does not suppress, of equal scores the earlier box comes first, and of detections each
  /// class is thinned out by itself.
  func testThresholdAndTies() {
    let boxes = [(0, 10, 10), (0, 10, 5), (20, 30, 10), (0, 10, 9), (20, 30, 10)].map {
      BoundingBox(left: $0.0, top: 0, right: $0.1, bottom: $0.2)
    }
    let scores: [Float] = [0.9, 0.3, 0.5, 0.8, 0.5]
    XCTAssertEqual(nonMaximumSuppression(boxes, scores: scores, threshold: 0.5), [0, 2, 1])
    XCTAssertEqual(nonMaximumSuppression(boxes, scores: scores, threshold: 0.4), [0, 2])
    XCTAssertEqual(nonMaximumSuppression([], scores: [], threshold: 0.5), [])
    let found = zip(boxes, scores).enumerated().map { Detection($1.0, label: $0 % 2, score: $1.1) }
    XCTAssertEqual(nonMaximumSuppression(found, threshold: 0.4), [0, 3, 2].map { found[$0] })
    XCTAssertEqual(nonMaximumSuppression(found, threshold: 0.4, limit: 2), [0, 3].map { found[$0] })
  }

  /// Against plain loops, with equal scores, boxes without an area, and up to a few blocks of kept ones.
  func testPlainLoops() {
    fuzz(60, seed: 71) { generator, label in
      let count = generator.int(0...70)
      let boxes = (0..<count).map { _ in
        let (x, y) = (generator.uniform(0, 30), generator.uniform(0, 30))
        return BoundingBox(
          left: x, top: y, right: x + generator.uniform(-1, 20), bottom: y + generator.uniform(-1, 20))
      }
      let scores = (0..<count).map { _ in Float(generator.int(-4...4)) / 4 }
      let classes = (0..<count).map { _ in generator.int(-1...1) }
      let threshold = generator.uniform(0.1, 0.8)
      let order = boxes.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
      var kept: [Int] = []
      for index in order
      where !kept.contains(where: {
        classes[$0] == classes[index] && boxes[$0].intersectionOverUnion(boxes[index]) > threshold
      }) {
        kept.append(index)
      }
      XCTAssertEqual(
        nonMaximumSuppression(boxes, scores: scores, classes: classes, threshold: threshold), kept, label)
    }
  }

  /// Against plain loops in Double.
  func testSoftSuppression() {
    fuzz(40, seed: 72) { generator, label in
      let count = generator.int(0...30)
      let boxes = (0..<count).map { _ in
        let (x, y) = (generator.uniform(0, 20), generator.uniform(0, 20))
        return BoundingBox(
          left: x, top: y, right: x + generator.uniform(1, 20), bottom: y + generator.uniform(1, 20))
      }
      let scores = (0..<count).map { _ in generator.uniform(0.01, 1) }
      let classes = (0..<count).map { _ in generator.int(0...1) }
      for decay in [SoftSuppression.linear(threshold: 0.3), .gaussian(sigma: 0.5)] {
        var left = scores.map(Double.init)
        var rest = Array(boxes.indices)
        var expected: [(index: Int, score: Double)] = []
        while let best = rest.max(by: { (left[$0], -$0) < (left[$1], -$1) }) {
          if left[best] < 0.001 { break }
          expected.append((best, left[best]))
          rest.removeAll { $0 == best }
          for index in rest where classes[index] == classes[best] {
            let overlap = Double(boxes[best].intersectionOverUnion(boxes[index]))
            switch decay {
            case .linear(let threshold): if overlap > Double(threshold) { left[index] *= 1 - overlap }
            case .gaussian(let sigma): left[index] *= exp(-overlap * overlap / Double(sigma))
            }
          }
        }
        let found = softNonMaximumSuppression(boxes, scores: scores, classes: classes, decay: decay)
        XCTAssertEqual(found.map(\.index), expected.map(\.index), label)
        assertClose(found.map(\.score), expected.map(\.score), label)
        XCTAssertEqual(
          softNonMaximumSuppression(boxes, scores: scores, classes: classes, decay: decay, limit: 2).map(
            \.index),
          Array(expected.prefix(2).map(\.index)), label)
      }
    }
  }

  /// Of many scores the few that are wanted: those of a full, stable sort. NaN stands above all numbers, and −0 is 0.
  func testScoresThatAreWanted() {
    let special: [Float] = [0, -0.0, 1, .nan, -1, 0, .infinity, -.infinity]
    XCTAssertEqual(ScoreOrder.first(8, of: special), [3, 6, 2, 0, 1, 5, 4, 7])
    XCTAssertEqual(ScoreOrder.first(4, of: special), [3, 6, 2, 0])
    XCTAssertEqual(ScoreOrder.first(0, of: special), [])
    XCTAssertEqual(ScoreOrder.first(3, of: []), [])
    fuzz(30, seed: 73) { generator, label in
      let scores = (0..<generator.int(1...400)).map { _ in
        generator.bool() ? generator.normal() : Float(generator.int(-3...3)) / 2
      }
      let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
      let count = generator.int(0...scores.count + 2)
      XCTAssertEqual(ScoreOrder.first(count, of: scores), Array(order.prefix(count)), label)
    }
  }
}
