import Engine
import Models
import TestSupport
import XCTest

final class DiceLossTests: XCTestCase {
  private func inputs() -> (logits: Tensor, targets: Tensor) {
    var generator = RandomStream(seed: 110)
    let logits = generator.tensor([2, 3, 4, 5])
    let targets = Tensor(
      (0..<24).flatMap { _ in
        let label = generator.int(0...3)
        return (0..<5).map { $0 == label ? Float(1) : 0 }
      }, shape: [2, 3, 4, 5])
    return (logits, targets)
  }

  func testAgainstPlainLoops() {
    let (logits, targets) = inputs()
    for (squared, smoothing) in [(false, Float(1)), (true, 0.5)] {
      func reference(_ x: DTensor) -> DTensor {
        let (p, t) = (Reference.softmax(x), DTensor(targets))
        return DTensor.make([5]) { index in
          var (both, each) = (0.0, 0.0)
          for i in stride(from: index[0], to: p.count, by: 5) {
            both += p.values[i] * t.values[i]
            each +=
              squared ? p.values[i] * p.values[i] + t.values[i] * t.values[i] : p.values[i] + t.values[i]
          }
          return 1 - (2 * both + Double(smoothing)) / (each + Double(smoothing))
        }
      }
      let loss = diceLoss(softmax(logits), targets: targets, smoothing: smoothing, squared: squared)
      assertClose(loss, reference(DTensor(logits)), absolute: 1e-5)
      checkGradient(of: [logits], reference: { reference($0[0]) }) {
        diceLoss(softmax($0[0]), targets: targets, smoothing: smoothing, squared: squared)
      }
    }
    // Class 4 has no pixel: without smoothing its loss is 1.
    XCTAssertEqual(diceLoss(softmax(logits), targets: targets, smoothing: 0).scalars[4], 1)
    XCTAssertEqual(diceLoss(targets, targets: targets, smoothing: 1).scalars, [0, 0, 0, 0, 0])
  }

  /// A Dice loss of one's own is one expression.
  func testOneExpression() {
    let (logits, t) = inputs()
    let p = softmax(logits)
    let loss =
      (1 - (2 * (p * t).sum(axes: [0, 1, 2]) + 1) / (p.sum(axes: [0, 1, 2]) + t.sum(axes: [0, 1, 2]) + 1))
      .mean()
    XCTAssertEqual(loss.scalar, diceLoss(p, targets: t).mean().scalar, accuracy: 1e-6)
  }
}
