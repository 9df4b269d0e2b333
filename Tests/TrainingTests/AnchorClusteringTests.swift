import Datasets
import Engine
import Images
import Models
import Training
import XCTest

final class AnchorClusteringTests: XCTestCase {
  private typealias Side = (width: Float, height: Float)

  private func boxes(_ count: Int, seed: UInt64) -> [Side] {
    var generator = RandomStream(seed: seed)
    return (0..<count).map { _ in (generator.uniform(4, 200), generator.uniform(4, 200)) }
  }

  private func overlap(_ a: Side, _ b: Side) -> Double {
    let common = Double(min(a.width, b.width)) * Double(min(a.height, b.height))
    return common / (Double(a.width) * Double(a.height) + Double(b.width) * Double(b.height) - common)
  }

  /// Each anchor is the mean of the boxes that are nearest to it, whatever way it was found.
  func testAnchorsAreTheMeansOfTheirBoxes() {
    let boxes = boxes(400, seed: 1)
    let found = AnchorClustering(boxes, count: 6)
    XCTAssertEqual(found.anchors.count, 6)
    var groups = [[Side]](repeating: [], count: 6)
    var sum = 0.0
    for box in boxes {
      let overlaps = found.anchors.map { overlap(box, ($0.width, $0.height)) }
      let best = overlaps.max()!
      groups[overlaps.firstIndex(of: best)!].append(box)
      sum += best
    }
    for (anchor, group) in zip(found.anchors, groups) {
      let count = Double(group.count)
      XCTAssertEqual(
        Double(anchor.width), group.reduce(0) { $0 + Double($1.width) } / count, accuracy: 1e-3)
      XCTAssertEqual(
        Double(anchor.height), group.reduce(0) { $0 + Double($1.height) } / count, accuracy: 1e-3)
    }
    XCTAssertEqual(found.meanOverlap, sum / 400, accuracy: 1e-6)
    let areas = found.anchors.map { $0.width * $0.height }
    XCTAssertEqual(areas, areas.sorted())
    XCTAssertEqual(AnchorClustering(boxes.reversed(), count: 6), found, "the order of the boxes has no say")
  }

  /// Three shapes with a little noise are found.
  func testFindsShapes() {
    var generator = RandomStream(seed: 2)
    let shapes: [Side] = [(10, 20), (60, 30), (100, 150)]
    let boxes = (0..<90).map { index -> Side in
      let shape = shapes[index % 3]
      return (shape.width + generator.uniform(-1, 1), shape.height + generator.uniform(-1, 1))
    }
    for (anchor, shape) in zip(AnchorClustering(boxes, count: 3).anchors, shapes) {
      XCTAssertEqual(anchor.width, shape.width, accuracy: 1)
      XCTAssertEqual(anchor.height, shape.height, accuracy: 1)
    }
  }

  /// Fewer different boxes than anchors, none, and boxes without an area.
  func testFewBoxes() {
    let two = AnchorClustering([(30, 40), (10, 5), (30, 40), (0, 7), (8, -1)], count: 5)
    XCTAssertEqual(two.anchors, [YOLOHead.Anchor(10, 5), YOLOHead.Anchor(30, 40)])
    XCTAssertEqual(two.meanOverlap, 1)
    XCTAssertEqual(AnchorClustering([], count: 2).anchors, [])
  }

  /// Boxes count as they are when the picture has the network's size; those that need not be found do not.
  func testOfADataSet() throws {
    struct Pictures: Dataset {
      let count = 2
      func example(at index: Int) -> Example<[LabelledBox]> {
        let box = BoundingBox(left: 10, top: 10, right: 30, bottom: 20)
        let crowd = LabelledBox(
          BoundingBox(left: 0, top: 0, right: 90, bottom: 50), label: 0, isCrowd: true)
        return Example(
          image: Image(width: 100, height: 50, repeating: 0), target: [LabelledBox(box, label: 0), crowd])
      }
    }
    let found = try AnchorClustering(
      Pictures(), preprocessing: Preprocessing(resize: .exact(width: 200, height: 200)), count: 2)
    XCTAssertEqual(found.anchors, [YOLOHead.Anchor(40, 40)])
  }
}
