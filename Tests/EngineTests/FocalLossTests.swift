import Engine
import Foundation
import TestSupport
import XCTest

/// The focal loss against plain loops in `Double`, its gradient against differences of these.
final class FocalLossTests: XCTestCase {
  /// −Σ a[c] · (1 − p[c])^γ · log p[c] of each row, with a[c] = weight[c] · target[c].
  private func reference(
    _ logits: DTensor, targets: [[Double]], _ gamma: Double, _ weights: [Double]?, divisor: Double?
  ) -> DTensor {
    let classes = logits.shape[1]
    var losses = DTensor(zeros: [targets.count])
    for (row, target) in targets.enumerated() {
      let x = (0..<classes).map { logits[row, $0] }
      let top = x.max()!
      let total = x.reduce(0) { $0 + exp($1 - top) }
      for c in 0..<classes {
        let l = x[c] - top - log(total)
        losses[row] -= (weights?[c] ?? 1) * target[c] * pow(-expm1(l), gamma) * l
      }
    }
    guard let divisor else { return losses }
    return DTensor(shape: [], values: [losses.values.reduce(0, +) / divisor])
  }

  func testLabels() {
    fuzz(24, seed: 71) { generator, label in
      let (rows, classes) = (generator.int(1...7), generator.int(2...20))
      let logits = generator.tensor([rows, classes], scale: 2)
      let labels = (0..<rows).map { _ in generator.int(0...classes - 1) }
      let weights = generator.bool() ? generator.tensor([classes], from: 0.1, to: 2) : nil
      let (smoothing, gamma) = (
        generator.element([0, 0.1] as [Float]), generator.element([0, 0.5, 2, 5] as [Float])
      )
      let targets = labels.map { label in
        (0..<classes).map { c in
          (c == label ? 1 - Double(smoothing) : 0) + Double(smoothing) / Double(classes)
        }
      }
      let factors = weights.map { DTensor($0).values }
      let sum = labels.reduce(0.0) { $0 + (factors?[$1] ?? 1) }
      for (reduction, divisor) in [(Reduction.none, nil), (.mean, sum), (.sum, 1)] as [(Reduction, Double?)] {
        checkOperation(
          [logits], absolute: 1e-5, "γ \(gamma) \(labels) \(label)",
          reference: {
            self.reference($0[0], targets: targets, Double(gamma), factors, divisor: divisor)
          }
        ) {
          focalLoss(
            $0[0], labels: labels, gamma: gamma, classWeights: weights, labelSmoothing: smoothing,
            reduction: reduction)
        }
      }
    }
  }

  func testDistributions() {
    fuzz(10, seed: 72) { generator, label in
      let shape: Shape = [generator.int(1...7), generator.int(2...20)]
      let logits = generator.tensor(shape, scale: 2)
      let targets = softmax(generator.tensor(shape))
      let rows = (0..<shape[0]).map { row in
        (0..<shape[1]).map { Double(targets.scalars[row * shape[1] + $0]) }
      }
      checkOperation(
        [logits], absolute: 1e-5, label,
        reference: { self.reference($0[0], targets: rows, 2, nil, divisor: Double(shape[0])) }
      ) { focalLoss($0[0], targets: targets, gamma: 2) }
    }
  }

  /// The paper's point: of what is right with a probability of 0.9, γ = 2 leaves a hundredth of cross-entropy.
  func testWhatIsRightCountsForLittle() {
    let x = Tensor([logf(9), 0], shape: [1, 2])
    let ratio = focalLoss(x, labels: [0], gamma: 2).scalar / crossEntropy(x, labels: [0]).scalar
    assertClose(ratio, 0.01, absolute: 1e-6)
  }

  func testWithoutGammaItIsCrossEntropy() {
    var generator = RandomStream(seed: 73)
    let x = generator.tensor([9, 5], scale: 3).requiringGradient()
    let labels = (0..<9).map { $0 % 5 }
    let (focal, plain) = (focalLoss(x, labels: labels, gamma: 0), crossEntropy(x, labels: labels))
    assertClose(focal.scalar, Double(plain.scalar), absolute: 1e-6)
    for (a, b) in zip(focal.backward()[x]!.scalars, plain.backward()[x]!.scalars) {
      XCTAssertEqual(a, b, accuracy: 1e-6)
    }
  }

  /// A probability that is 1 as a `Float`, one that is 0, and a row that counts for nothing.
  func testExtremesAreFinite() {
    let x = Tensor([200, 0, -200, -200, 0, 200, 1, 2, 3], shape: [3, 3]).requiringGradient()
    for gamma in [0.5, 1, 2] as [Float] {
      let loss = focalLoss(x, labels: [0, 0, 2], gamma: gamma, ignoring: 2, reduction: .none)
      assertClose(loss.scalars, [0, 400, 0], absolute: 1e-4)
      let gradient = loss.backward(seed: Tensor(repeating: 1, shape: [3]))[x]!
      assertClose(gradient.scalars, [0, 0, 0, -1, 0, 1, 0, 0, 0], absolute: 1e-5)
    }
  }
}
