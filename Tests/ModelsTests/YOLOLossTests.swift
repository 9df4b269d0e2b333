import Engine
import Foundation
import Images
import Models
import TestSupport
import XCTest

/// YOLO's losses against `scripts/goldens/topics/yolo_losses.py`, and their gradients against central differences of
/// loops in `Double`.
final class YOLOLossTests: XCTestCase {
  private var fixture: YOLOLossFixture!

  override func setUpWithError() throws {
    let url = Bundle.module.url(forResource: "yolo_losses", withExtension: "json", subdirectory: "Fixtures")!
    fixture = try JSONDecoder().decode(YOLOLossFixture.self, from: Data(contentsOf: url))
  }

  private var input: Image.Size { Image.Size(width: fixture.width, height: fixture.height) }

  private var truths: [[LabelledBox]] {
    fixture.truths.map { picture in
      picture.map {
        LabelledBox(
          BoundingBox(left: $0.box[0], top: $0.box[1], right: $0.box[2], bottom: $0.box[3]), label: $0.label)
      }
    }
  }

  private var heads: [YOLOHead] {
    fixture.masks.map { mask in
      YOLOHead(anchors: fixture.anchors.map { .init($0[0], $0[1]) }, mask: mask, classes: fixture.classes)
    }
  }

  private func inputs(_ name: String) throws -> (YOLOLossFixture.Case, [Tensor]) {
    let golden = try XCTUnwrap(fixture.cases.first { $0.name == name })
    return (golden, golden.inputs.map { Tensor($0.values, shape: Shape($0.shape)) })
  }

  private let grid = GridHead(side: 3, boxes: 2, classes: 3)

  private func loss(_ name: String, _ inputs: [Tensor]) -> NamedLoss {
    switch name {
    case "yolov3": YOLOLoss(ignoring: 0.3)(inputs, heads, truths: truths, input: input)
    case "smooth L1":
      YOLOLoss(regression: .smoothL1(lambda: 2.5, beta: 0.4), ignoring: 0.3)(
        inputs, heads, truths: truths, input: input)
    case "grid": GridLoss()(inputs[0], grid, truths: truths, input: input)
    default:
      GridLoss(regression: .smoothL1(lambda: 2, beta: 0.7))(inputs[0], grid, truths: truths, input: input)
    }
  }

  /// Totals, parts by name, and gradients of PyTorch.
  func testGoldens() throws {
    for name in fixture.cases.map(\.name) {
      let (golden, tensors) = try inputs(name)
      let leaves = tensors.map { $0.requiringGradient() }
      let loss = loss(name, leaves)
      assertClose(loss.total.scalar, golden.total, absolute: 1e-5, relative: 1e-5, name)
      XCTAssertEqual(Set(loss.parts.map(\.name)), Set(golden.parts.keys), name)
      for (part, value) in golden.parts {
        assertClose(
          try XCTUnwrap(loss[part]).scalar, value, absolute: 1e-5, relative: 1e-5, "\(name): \(part)")
      }
      let gradients = loss.total.backward()
      for (leaf, expected) in zip(leaves, golden.gradients) {
        assertClose(
          try XCTUnwrap(gradients[leaf]), DTensor(shape: leaf.shape.dimensions, values: expected),
          absolute: 1e-6, relative: 1e-4, name)
      }
    }
  }

  /// Of every part with a gradient, against differences of the loops below.
  func testGradients() throws {
    for name in ["yolov3", "smooth L1"] {
      let (_, tensors) = try inputs(name)
      for part in loss(name, tensors).parts.map(\.name) + ["total"] {
        checkGradient(
          of: tensors, absolute: 1e-5, elements: 100,
          reference: { [fixture = fixture!] in
            let sums = fixture.anchoredSums($0, smooth: name == "smooth L1" ? (2.5, 0.4) : nil)
            return DTensor(shape: [], values: [sums[part]!])
          }, "\(name): \(part)"
        ) { loss(name, $0)[part] ?? loss(name, $0).total }
      }
    }
  }

  func testGridGradients() throws {
    for name in ["grid", "grid, smooth L1"] {
      let (_, tensors) = try inputs(name)
      // The overlaps that confidences are held against are constants: those of the outputs as they are.
      let overlaps = fixture.gridOverlaps(DTensor(tensors[0]))
      for part in loss(name, tensors).parts.map(\.name) + ["total"] {
        checkGradient(
          of: tensors, absolute: 1e-5,
          reference: { [fixture = fixture!] in
            let sums = fixture.gridSums($0[0], overlaps, smooth: name == "grid" ? nil : (2, 0.7))
            return DTensor(shape: [], values: [sums[part]!])
          }, "\(name): \(part)"
        ) { loss(name, $0)[part] ?? loss(name, $0).total }
      }
    }
  }

  /// A batch without objects has a finite loss, and gradients of the objectness alone.
  func testNoObjects() throws {
    let (_, tensors) = try inputs("yolov3")
    let leaves = tensors.map { $0.requiringGradient() }
    let loss = YOLOLoss()(leaves, heads, truths: [[], [], []], input: input)
    for part in ["centre", "size", "class"] { XCTAssertEqual(loss[part]?.scalar, 0) }
    XCTAssertGreaterThan(try XCTUnwrap(loss["objectness"]).scalar, 0)
    let gradient = try XCTUnwrap(loss.total.backward()[leaves[0]]).scalars
    for (index, value) in gradient.enumerated() { XCTAssertEqual(value != 0, index % 8 == 4, "\(index)") }

    let (_, outputs) = try inputs("grid")
    let empty = GridLoss()(outputs[0], grid, truths: [[], [], []], input: input)
    XCTAssertEqual(empty.total.scalar, try XCTUnwrap(empty["no object"]).scalar)
    XCTAssertEqual(empty["object"]?.scalar, 0)
  }

  /// Crowds and difficult objects are not learnt, and anchors whose boxes lie on them do not count: with a crowd over all of a
  /// picture, its loss is that of its objects' rows.
  func testCrowds() throws {
    let (_, tensors) = try inputs("yolov3")
    let crowd = LabelledBox(
      BoundingBox(left: -999, top: -999, right: 999, bottom: 999), label: 1, isCrowd: true)
    let leaves = tensors.map { $0.requiringGradient() }
    let loss = YOLOLoss()(leaves, heads, truths: truths.map { $0 + [crowd] }, input: input)
    let plain = YOLOLoss()(tensors, heads, truths: truths, input: input)
    for part in ["centre", "size", "class"] {
      XCTAssertEqual(try XCTUnwrap(loss[part]).scalar, try XCTUnwrap(plain[part]).scalar, part)
    }
    let gradients = loss.total.backward()
    var rows = 0
    for (leaf, head) in zip(leaves, heads) {
      let gradient = try XCTUnwrap(gradients[leaf]).scalars
      for start in stride(from: 0, to: gradient.count, by: head.entries) {
        // What is learnt pulls the objectness up, and nothing pulls it down.
        XCTAssertLessThanOrEqual(gradient[start + 4], 0)
        if gradient[start + 4] < 0 { rows += 1 }
        XCTAssertEqual(gradient[start + 4] < 0, gradient[start + 5] != 0)
      }
    }
    XCTAssertGreaterThan(rows, 2)

    // A difficult object excuses the anchor that tells its box, and is no object.
    let head = YOLOHead(anchors: [.init(16, 16)], classes: 3)
    let map = Tensor(zeros: [1, 1, 2, 8]).requiringGradient()
    let box = BoundingBox(left: 0, top: 8, right: 16, bottom: 24)
    let size = Image.Size(width: 32, height: 32)
    let difficult = LabelledBox(box, label: 1, isDifficult: true)
    let gradient = try XCTUnwrap(
      YOLOLoss()([map], [head], truths: [[difficult]], input: size).total.backward()[map]
    ).scalars
    XCTAssertEqual(gradient.map { $0 != 0 }, (0..<16).map { $0 == 12 })
  }

  /// The same of the grid.
  func testCrowdsOfTheGrid() throws {
    let (_, outputs) = try inputs("grid")
    let crowd = LabelledBox(
      BoundingBox(left: -999, top: -999, right: 999, bottom: 999), label: 1, isCrowd: true)
    let loss = GridLoss()(outputs[0], grid, truths: truths.map { [crowd] + $0 }, input: input)
    let plain = GridLoss()(outputs[0], grid, truths: truths, input: input)
    for part in ["centre", "size", "object", "class"] {
      XCTAssertEqual(try XCTUnwrap(loss[part]).scalar, try XCTUnwrap(plain[part]).scalar, part)
    }
    XCTAssertEqual(loss["no object"]?.scalar, 0)
    // Where nothing is to be learnt at all there is a gradient, of zeros.
    let leaf = outputs[0].requiringGradient()
    let nothing = GridLoss()(leaf, grid, truths: truths.map { _ in [crowd] }, input: input)
    XCTAssertEqual(nothing.total.scalar, 0)
    XCTAssertEqual(nothing.total.backward()[leaf]?.scalars.allSatisfy { $0 == 0 }, true)
    let away = LabelledBox(
      BoundingBox(left: 900, top: 900, right: 999, bottom: 999), label: 1, isDifficult: true)
    let same = GridLoss()(outputs[0], grid, truths: truths.map { [away] + $0 }, input: input)
    XCTAssertEqual(same.total.scalar, plain.total.scalar)
  }

  /// What is learnt is what the head says: with a scale of centres too.
  func testScaledCentres() throws {
    let head = YOLOHead(anchors: [.init(16, 16)], classes: 1, centreScale: 1.5)
    let input = Image.Size(width: 32, height: 32)
    let truth = LabelledBox(BoundingBox(left: 14, top: 6, right: 30, bottom: 22), label: 0)
    // The centre (22, 14) is 6/16 and 14/16 into its cell.
    func logit(_ place: Float) -> Float {
      let sigmoid = (place - 0.5) / 1.5 + 0.5
      return log(sigmoid / (1 - sigmoid))
    }
    var values = [Float](repeating: 0, count: 24)
    values.replaceSubrange(6..<12, with: [logit(0.375), logit(0.875), 0, 0, 9, 9])
    let map = Tensor(values, shape: [1, 2, 2, 6]).requiringGradient()
    let found = head.candidates(in: map, of: 0, input: input, above: 0.9)
    XCTAssertEqual(found.count, 1)
    assertClose(
      [found[0].box.left, found[0].box.top, found[0].box.right, found[0].box.bottom], [14, 6, 30, 22],
      absolute: 1e-4)
    for regression in [YOLOLoss.Regression.yolov3, .smoothL1()] {
      let loss = YOLOLoss(regression: regression)([map], [head], truths: [[truth]], input: input)
      let gradient = try XCTUnwrap(loss.total.backward()[map]).scalars
      for place in 6..<10 { XCTAssertEqual(gradient[place], 0, accuracy: 1e-6) }
    }
  }

  /// Exclusive classes, as of version 2, are trained by a softmax's cross-entropy.
  func testExclusiveClasses() throws {
    let head = YOLOHead(anchors: [.init(1, 1)], classes: 3, unit: .cells, scores: .exclusive)
    let map = Tensor([0, 0, 0, 0, 0, 1, 2, 4], shape: [1, 1, 1, 8]).requiringGradient()
    let truth = LabelledBox(BoundingBox(left: 0, top: 0, right: 32, bottom: 32), label: 1)
    let loss = YOLOLoss()([map], [head], truths: [[truth]], input: Image.Size(width: 32, height: 32))
    let expected = log(exp(1.0) + exp(2.0) + exp(4.0)) - 2
    assertClose(try XCTUnwrap(loss["class"]).scalar, expected)
    XCTAssertEqual(loss["size"]?.scalar, 0)
  }
}
