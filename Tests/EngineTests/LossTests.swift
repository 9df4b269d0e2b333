import Engine
import TestSupport
import XCTest

final class LossTests: XCTestCase {
  private let reductions: [Reduction] = [.none, .mean, .sum]

  func testEveryLossEqualsPyTorchsAndSoDoesItsGradient() throws {
    let golden = try GoldenOperations.load()
    XCTAssertEqual(golden.losses.count, 57)
    for loss in golden.losses {
      let x = loss.x.tensor.requiringGradient()
      let target = loss.target?.tensor
      let smoothing = Float(loss.smoothing ?? 0)
      let y: Tensor
      switch loss.name {
      case "crossEntropy":
        y = crossEntropy(
          x, labels: loss.labels!, classWeights: loss.weights?.tensor, labelSmoothing: smoothing,
          ignoring: loss.ignored, reduction: loss.kind)
      case "softCrossEntropy":
        y = crossEntropy(
          x, targets: target!, classWeights: loss.weights?.tensor, labelSmoothing: smoothing,
          reduction: loss.kind)
      case "smoothL1": y = smoothL1(x, target!, beta: Float(loss.beta!), reduction: loss.kind)
      case "l1": y = l1(x, target!, reduction: loss.kind)
      case "mse": y = mse(x, target!, reduction: loss.kind)
      case "binaryCrossEntropy":
        y = binaryCrossEntropyWithLogits(
          x, target!, positiveWeights: loss.weights?.tensor, reduction: loss.kind)
      default: return XCTFail("unknown loss \(loss.name)")
      }
      assertClose(y, loss.y.dTensor, absolute: 1e-6, relative: 2e-6, loss.description)
      assertClose(
        y.backward(seed: loss.seed.tensor)[x]!, loss.gradient.dTensor, absolute: 1e-6, relative: 4e-6,
        loss.description)
    }
  }

  func testCrossEntropyOfLabels() {
    fuzz(30, seed: 60) { generator, label in
      let (rows, classes) = (generator.int(1...9), generator.int(1...40))
      let logits = generator.tensor([rows, classes], scale: 3)
      let labels = (0..<rows).map { _ in generator.int(0...classes - 1) }
      let weights = generator.bool() ? generator.tensor([classes], from: 0.1, to: 2) : nil
      let smoothing = generator.element([0, 0.1, 1] as [Float])
      let ignored = rows > 1 && Set(labels).count > 1 && generator.bool() ? labels[0] : nil
      for reduction in reductions {
        checkOperation(
          [logits], absolute: 1e-5, "\(labels) \(smoothing) \(label)",
          reference: {
            Reference.crossEntropy(
              $0[0], labels: labels, classWeights: weights.map { DTensor($0).values },
              labelSmoothing: Double(smoothing), ignoring: ignored, reduction: reduction)
          }
        ) {
          crossEntropy(
            $0[0], labels: labels, classWeights: weights, labelSmoothing: smoothing, ignoring: ignored,
            reduction: reduction)
        }
      }
    }
  }

  func testCrossEntropyOfDistributions() {
    fuzz(20, seed: 61) { generator, label in
      let shape: Shape = [generator.int(1...9), generator.int(1...40)]
      let logits = generator.tensor(shape, scale: 3)
      let targets = softmax(generator.tensor(shape))
      let weights = generator.bool() ? generator.tensor([shape[1]], from: 0.1, to: 2) : nil
      for reduction in reductions {
        checkOperation(
          [logits], absolute: 1e-5, label,
          reference: {
            Reference.crossEntropy(
              $0[0], targets: DTensor(targets), classWeights: weights.map { DTensor($0).values },
              labelSmoothing: 0.1, reduction: reduction)
          }
        ) {
          crossEntropy(
            $0[0], targets: targets, classWeights: weights, labelSmoothing: 0.1, reduction: reduction)
        }
      }
    }
  }

  func testCrossEntropyOfDensePredictions() {
    var generator = RandomStream(seed: 62)
    let logits = generator.tensor([2, 3, 4, 5])
    let labels = (0..<24).map { $0 * 7 % 5 }
    let flat = crossEntropy(logits.reshaped(to: [24, 5]), labels: labels, reduction: .none)
    let dense = crossEntropy(logits, labels: labels, reduction: .none)
    XCTAssertEqual(dense.shape, [2, 3, 4])
    XCTAssertEqual(dense.scalars, flat.scalars)
  }

  func testCrossEntropyOfHugeLogitsIsFiniteAndExact() {
    let x = Tensor([1e30, 0, -1e30, 300, 200, 100], shape: [2, 3]).requiringGradient()
    let loss = crossEntropy(x, labels: [0, 1], reduction: .none)
    assertClose(loss.scalars, [0, 100], absolute: 0, relative: 1e-6)
    let gradient = crossEntropy(x, labels: [0, 1], reduction: .sum).backward()[x]!
    assertClose(gradient.scalars, [0, 0, 0, 1, -1, 0], absolute: 1e-6)
  }

  func testMaskedClassCostsNothing() {
    let x = Tensor([-.infinity, 0, 0], shape: [1, 3]).requiringGradient()
    let loss = crossEntropy(x, labels: [1])
    assertClose(loss.scalar, 0.693_147_180_56, absolute: 1e-6)
    assertClose(loss.backward()[x]!.scalars, [0, -0.5, 0.5], absolute: 1e-6)
  }

  func testAllRowsIgnoredIsNaNAsInPyTorch() {
    XCTAssertTrue(crossEntropy(Tensor(zeros: [2, 3]), labels: [1, 1], ignoring: 1).scalar.isNaN)
    XCTAssertEqual(
      crossEntropy(Tensor(zeros: [2, 3]), labels: [1, 1], ignoring: 1, reduction: .sum).scalar, 0)
  }

  func testDifferenceLosses() {
    var generator = RandomStream(seed: 63)
    for shape in awkwardShapes + [[3, 20_011]] {
      let pair = [generator.tensor(shape), generator.tensor(shape)]
      let elements = shape.count > 1000 ? 3 : 64
      for reduction in reductions {
        checkOperation(
          pair, absolute: 1e-5, elements: elements,
          reference: { Reference.l1($0[0], $0[1], reduction: reduction) }
        ) { l1($0[0], $0[1], reduction: reduction) }
        checkOperation(
          pair, absolute: 1e-5, elements: elements,
          reference: { Reference.mse($0[0], $0[1], reduction: reduction) }
        ) { mse($0[0], $0[1], reduction: reduction) }
        for beta in [0, 1 / 9, 1] as [Float] {
          checkOperation(
            pair, absolute: 1e-5, elements: elements, "beta \(beta)",
            reference: { Reference.smoothL1($0[0], $0[1], beta: Double(beta), reduction: reduction) }
          ) { smoothL1($0[0], $0[1], beta: beta, reduction: reduction) }
        }
      }
    }
  }

  func testBinaryCrossEntropy() {
    var generator = RandomStream(seed: 64)
    for shape in awkwardShapes + [[3, 20_011]] {
      let x = [generator.tensor(shape, scale: 10)]
      let targets = generator.tensor(shape, from: 0, to: 1)
      let positive = generator.tensor([shape.last], from: 0.5, to: 4)
      for reduction in reductions {
        for weights in [nil, positive] {
          checkOperation(
            x, absolute: 1e-5, elements: shape.count > 1000 ? 3 : 64, "weights \(weights != nil)",
            reference: {
              Reference.binaryCrossEntropyWithLogits(
                $0[0], DTensor(targets), positiveWeights: weights.map { DTensor($0).values },
                reduction: reduction)
            }
          ) {
            binaryCrossEntropyWithLogits(
              $0[0], targets, positiveWeights: weights, reduction: reduction)
          }
        }
      }
    }
  }

  func testBinaryCrossEntropyOfHugeLogitsIsFinite() {
    let x = Tensor([1e30, -1e30, 200, -200], shape: [4]).requiringGradient()
    let loss = binaryCrossEntropyWithLogits(x, Tensor([1, 0, 0, 1], shape: [4]), reduction: .none)
    XCTAssertEqual(loss.scalars, [0, 0, 200, 200])
    XCTAssertEqual(loss.backward(seed: Tensor(repeating: 1, shape: [4]))[x]!.scalars, [0, 0, 1, -1])
  }
}
