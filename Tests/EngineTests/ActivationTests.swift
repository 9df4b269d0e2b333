import Engine
import Foundation
import TestSupport
import XCTest

final class ActivationTests: XCTestCase {
  private func check(
    absolute: Double = 1e-6, reference: ([DTensor]) -> DTensor, _ operation: ([Tensor]) -> Tensor
  ) {
    var generator = RandomStream(seed: 10)
    for shape in awkwardShapes {
      let x = generator.tensor(shape, scale: 2)
      checkOperation([x], absolute: absolute, reference: reference, operation: operation)
    }
    let x = generator.tensor(manyTasks, scale: 3)
    checkOperation([x], absolute: absolute, gradient: false, reference: reference, operation: operation)
  }

  func testReLU() { check(reference: { Reference.relu($0[0]) }) { relu($0[0]) } }

  func testLeakyReLU() {
    check(reference: { Reference.leakyReLU($0[0], negativeSlope: 0.1) }) {
      leakyReLU($0[0], negativeSlope: 0.1)
    }
  }

  func testSigmoid() { check(reference: { Reference.sigmoid($0[0]) }) { sigmoid($0[0]) } }

  func testTanh() { check(reference: { Reference.tanh($0[0]) }) { tanh($0[0]) } }

  func testClip() {
    check(reference: { Reference.clip($0[0], -1.25, 0.75) }) { clip($0[0], -1.25, 0.75) }
    check(reference: { Reference.clip($0[0], 0, 6) }) { relu6($0[0]) }
  }

  func testHardSigmoid() { check(reference: { Reference.hardSigmoid($0[0]) }) { hardSigmoid($0[0]) } }

  func testHardSwish() { check(reference: { Reference.hardSwish($0[0]) }) { hardSwish($0[0]) } }

  func testSiLU() { check(reference: { Reference.silu($0[0]) }) { silu($0[0]) } }

  /// Values and gradients, at the kinks as well, with bits that depend on nobody's neighbours.
  func testPyTorchsNumbers() throws {
    let goldens = try GoldenOperations.load().activations
    XCTAssertEqual(goldens.count, 7)
    for golden in goldens {
      let x = golden.x.tensor.requiringGradient()
      let y: Tensor
      switch golden.name {
      case "relu": y = relu(x)
      case "leakyReLU": y = leakyReLU(x, negativeSlope: 0.125)
      case "relu6": y = relu6(x)
      case "hardtanh": y = clip(x, -1, 2)
      case "hardSigmoid": y = hardSigmoid(x)
      case "hardSwish": y = hardSwish(x)
      case "silu": y = silu(x)
      default: return XCTFail("unknown activation \(golden.name)")
      }
      assertClose(y, golden.y.dTensor, absolute: 1e-6, golden.name)
      let gradient = y.backward(seed: golden.seed.tensor)[x]!
      assertClose(gradient, golden.gradient.dTensor, absolute: 1e-6, "gradient of \(golden.name)")
    }
  }

  /// One entry for all: the same bits as the functions' own.
  func testActivationsAsValues() {
    var generator = RandomStream(seed: 13)
    let x = generator.tensor([3, 37], scale: 4)
    let pairs: [(Activation, (Tensor) -> Tensor)] = [
      (.none, { $0 * 1 }), (.relu, { relu($0) }), (.relu6, { relu6($0) }),
      (.clip(-2, 1), { clip($0, -2, 1) }), (.leakyReLU(0.1), { leakyReLU($0, negativeSlope: 0.1) }),
      (.hardSwish, { hardSwish($0) }), (.silu, { silu($0) }),
    ]
    for (value, function) in pairs {
      let (a, b) = (x.requiringGradient(), x.requiringGradient())
      let (y, expected) = (activation(a, value), function(b))
      assertSameBits(y.detached, expected.detached, "\(value)")
      let seed = generator.tensor(x.shape)
      assertSameBits(y.backward(seed: seed)[a]!, expected.backward(seed: seed)[b]!, "gradient of \(value)")
    }
    XCTAssertEqual(Activation.clip(0, 6), .relu6)
    XCTAssertEqual(
      pairs.map { "\($0.0)" },
      ["", "ReLU", "ReLU6", "clip(-2.0, 1.0)", "leaky ReLU(0.1)", "hard-swish", "SiLU"])
  }

  func testGradientAtExactlyZeroIsPyTorchs() {
    let x = Tensor([0, -0.0], shape: [2]).requiringGradient()
    XCTAssertEqual(relu(x).sum().backward()[x]!.scalars, [0, 0])
    XCTAssertEqual(leakyReLU(x, negativeSlope: 0.25).sum().backward()[x]!.scalars, [0.25, 0.25])
  }

  func testNaNStays() {
    let functions: [(Tensor) -> Tensor] = [
      { relu6($0) }, { clip($0, -1, 1) }, { hardSigmoid($0) }, { hardSwish($0) }, { silu($0) },
    ]
    for (index, function) in functions.enumerated() {
      let y = function(Tensor(repeating: .nan, shape: [19]))
      XCTAssertTrue(y.scalars.allSatisfy(\.isNaN), "function \(index)")
    }
  }

  func testReLUKeepsNaN() {
    XCTAssertTrue(relu(Tensor([.nan, 1], shape: [2])).scalars[0].isNaN)
    XCTAssertTrue(relu(Tensor(repeating: .nan, shape: [16])).scalars.allSatisfy(\.isNaN))
  }

  func testExtremesNeitherOverflowNorBecomeNaN() {
    let x = Tensor([-.infinity, -1e30, -200, -90, 90, 200, 1e30, .infinity], shape: [8])
    assertClose(sigmoid(x).scalars, [0, 0, 0, 0, 1, 1, 1, 1], absolute: 1e-30, relative: 1e-7)
    assertClose(tanh(x).scalars, [-1, -1, -1, -1, 1, 1, 1, 1], absolute: 0, relative: 0)
  }

  func testSmallArgumentsOfTanhKeepTheirRelativePrecision() {
    var generator = RandomStream(seed: 11)
    let x = Tensor(
      (0..<2000).map { _ in
        generator.uniform(-1, 1) * Float(sign: .plus, exponent: -generator.int(0...40), significand: 1)
      },
      shape: [2000])
    assertClose(tanh(x), Reference.tanh(DTensor(x)), absolute: 0, relative: 4e-7)
  }

  func testExponentialIsWithinThreeUnitsInTheLastPlace() {
    var generator = RandomStream(seed: 12)
    for _ in 0..<4000 {
      let x = generator.uniform(-86, 88.7)
      let y = Double(Kernels.exp(Vector(repeating: x))[3])
      XCTAssertEqual(
        y, Foundation.exp(Double(x)), accuracy: 3 * 1.2e-7 * Foundation.exp(Double(x)), "exp(\(x))")
    }
    let x = Vector(0, -.infinity, .infinity, .nan, -1000, 1000, 88.7, 89, 0, 0, 0, 0, 0, 0, 0, 0)
    let y = Kernels.exp(x)
    XCTAssertEqual(y[0], 1)
    XCTAssertEqual(y[1], 0)
    XCTAssertEqual(y[2], .infinity)
    XCTAssertTrue(y[3].isNaN)
    XCTAssertEqual(y[4], 0)
    XCTAssertEqual(y[5], .infinity)
    XCTAssertTrue(y[6].isFinite)
    XCTAssertEqual(y[7], .infinity)
  }
}
