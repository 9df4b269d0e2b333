import Engine
import Models
import TestSupport
import XCTest

/// Against numbers that PyTorch computed in float64: `cross_entropy(logits, labels, ignore_index=-1)`, and
/// `smooth_l1_loss(boxes[labels > 0], targets[labels > 0], beta=β, reduction="sum") / 4`.
final class DetectionLossTests: XCTestCase {
  private let logits = Tensor(
    [1.5, -0.5, 0.25, 0.1, 2, -1, 0, 0.3, 0.9, -2, 1, 0.5, 0.7, 0.2, -0.4], shape: [5, 3])
  private let labels = [0, 1, 2, -1, 2]
  private let boxes = Tensor(
    [
      9, 9, 9, 9, 0.1, -0.3, 2, 0.02, -1.5, 0.25, 0.05, 0.6, 8, 8, 8, 8, 0.4, -0.1, 0, -0.7,
    ], shape: [5, 4])
  /// Rows that do not count hold what must not leak.
  private let targets = Tensor(
    [
      .nan, .infinity, 0, 1, 0, 0.1, 0.5, 0, 0.5, 0.2, -0.1, 0.55, .nan, 1, 1, 1, -0.3, -0.1, 0.3, 0.9,
    ], shape: [5, 4])
  private let logitsGradient = [
    -0.074171506, 0.023795799, 0.050375707, 0.031176869, -0.041554747, 0.010377878, 0.051980867,
    0.070166831, -0.1221477, 0, 0, 0, 0.12890573, 0.078185278, -0.20709101,
  ]

  func testFastRCNN() {
    check(
      DetectionLoss(ignored: -1), total: 1.7389127764689851, regression: 0.9972375,
      boxesGradient: [
        0, 0, 0, 0, 0.025, -0.1, 0.25, 0.005, -0.25, 0.0125, 0.0375, 0.0125, 0, 0, 0, 0, 0.175, 0, -0.075,
        -0.25,
      ])
  }

  func testLambdaAndBeta() {
    check(
      DetectionLoss(lambda: 2.5, beta: 1 / 9, ignored: -1), total: 4.69818222091343,
      regression: 1.5826027777777778,
      boxesGradient: [
        0, 0, 0, 0, 0.5625, -0.625, 0.625, 0.1125, -0.625, 0.28125, 0.625, 0.28125, 0, 0, 0, 0, 0.625, 0,
        -0.625, -0.625,
      ])
  }

  private func check(_ loss: DetectionLoss, total: Double, regression: Double, boxesGradient: [Double]) {
    let (logits, boxes) = (logits.requiringGradient(), boxes.requiringGradient())
    let parts = loss(logits: logits, labels: labels, boxes: boxes, targets: targets)
    assertClose(parts.classification.scalar, 0.741675276468985)
    assertClose(parts.regression.scalar, regression)
    assertClose(parts.total.scalar, total)
    let gradients = parts.total.backward()
    assertClose(gradients[logits]!, DTensor(shape: [5, 3], values: logitsGradient), absolute: 1e-6)
    assertClose(gradients[boxes]!, DTensor(shape: [5, 4], values: boxesGradient), absolute: 1e-6)
  }

  /// The parts have gradients of their own, which add up.
  func testPartsByThemselves() {
    let (logits, boxes) = (logits.requiringGradient(), boxes.requiringGradient())
    let parts = DetectionLoss(lambda: 3, ignored: -1)(
      logits: logits, labels: labels, boxes: boxes, targets: targets)
    let classification = parts.classification.backward()
    XCTAssertNil(classification[boxes])
    assertClose(classification[logits]!, DTensor(shape: [5, 3], values: logitsGradient), absolute: 1e-6)
    let regression = DetectionLoss(ignored: -1)(
      logits: self.logits, labels: labels, boxes: boxes, targets: targets
    ).regression.backward()
    XCTAssertEqual(regression[boxes]!.scalars[4], 0.025, accuracy: 1e-6)
  }

  /// Without a background every row has a box; a batch without objects has a finite loss and no box gradient.
  func testBackground() {
    let zeros = Tensor(zeros: [5, 4])
    let all = DetectionLoss(background: nil)(
      logits: logits, labels: [0, 0, 0, 0, 0], boxes: Tensor(repeating: 2, shape: [5, 4]), targets: zeros)
    assertClose(all.regression.scalar, 4 * 1.5)
    let boxes = boxes.requiringGradient()
    let none = DetectionLoss()(logits: logits, labels: [0, 0, 0, 0, 0], boxes: boxes, targets: targets)
    XCTAssertEqual(none.regression.scalar, 0)
    XCTAssertEqual(none.total.backward()[boxes]!.scalars, Array(repeating: 0, count: 20))
    let ignored = DetectionLoss(ignored: 2)(
      logits: logits, labels: [2, 2, 2, 2, 2], boxes: zeros, targets: zeros)
    XCTAssertEqual(ignored.total.scalar, 0)
  }
}
