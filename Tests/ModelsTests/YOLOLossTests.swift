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
