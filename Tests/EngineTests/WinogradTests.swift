import Engine
import TestSupport
import XCTest

final class WinogradTests: XCTestCase {
  /// Every algorithm that applies gives what the plain loops give, with and without an epilogue.
  func testEveryCandidate() {
    fuzz(40, seed: 60) { generator, label in
      let channels = [16, 32, 80]
      let padding = ConvolutionGeometry.Pair(generator.int(0...2), generator.int(0...2))
      let x = generator.tensor([
        generator.int(1...3), generator.int(3...13), generator.int(3...13), generator.element(channels),
      ])
      let w = generator.tensor([3, 3, x.shape[3], generator.element(channels)])
      let g = ConvolutionGeometry(input: x.shape, weight: w.shape, padding: padding)
      let expected = Reference.conv2d(
        DTensor(x), DTensor(w), .init(kernel: (3, 3), padding: (padding.y, padding.x)))
      let plans = ConvolutionPlan.candidates(for: g)
      XCTAssertTrue(plans.contains(ConvolutionPlan(g)), label)
      XCTAssertEqual(plans.count, 4, label)
      let shift = generator.tensor([w.shape[3]])
      let residual = generator.tensor(g.outputShape)
      for plan in plans {
        assertClose(
          convolve(x, w, g, plan: plan), expected, absolute: 2e-3, relative: 1e-4, "\(plan) \(label)")
        let fused = convolve(x, w, g, plan: plan, shift: shift, residual: residual, rectifies: true)
        var sum = Reference.add(expected, DTensor(residual))
        for i in sum.values.indices { sum.values[i] += Double(shift.scalars[i % shift.count]) }
        assertClose(
          fused, Reference.relu(sum), absolute: 2e-3, relative: 1e-4, "fused \(plan) \(label)")
      }
    }
  }

  func testGradients() {
    fuzz(12, seed: 61) { generator, label in
      let padding = generator.int(0...2)
      let x = generator.tensor([2, generator.int(8...13), generator.int(8...13), 32])
        .requiringGradient()
      let w = generator.tensor([3, 3, 32, 48]).requiringGradient()
      let g = ConvolutionGeometry(input: x.shape, weight: w.shape, padding: .init(padding))
      guard case .winograd = ConvolutionPlan(g).algorithm else {
        return XCTFail("the plan is \(ConvolutionPlan(g)) \(label)")
      }
      let y = conv2d(x, weight: w, padding: .init(padding))
      let seed = generator.tensor(y.shape)
      let gradients = y.backward(seed: seed)
      let truth = Reference.conv2dGradient(
        DTensor(x), DTensor(w), gradient: DTensor(seed),
        .init(kernel: (3, 3), padding: (padding, padding)))
      assertClose(gradients[x]!, truth.input, absolute: 2e-3, relative: 1e-4, label)
      assertClose(gradients[w]!, truth.weight, absolute: 2e-3, relative: 1e-4, label)
    }
  }

  /// The largest error on layers of the networks, relative to the largest output: 5·10⁻⁵ for F(4×4), 5·10⁻⁶ for
  /// F(2×2).
  func testErrorOnLayersOfTheNetworks() {
    var generator = Generator(seed: 62)
    for (size, ins, outs) in [(14, 256, 64), (10, 512, 32), (28, 64, 32)] {
      let x = relu(generator.tensor([1, size, size, ins]))
      let w = generator.tensor([3, 3, ins, outs], scale: (2 / Float(9 * ins)).squareRoot())
      let g = ConvolutionGeometry(input: x.shape, weight: w.shape, padding: 1)
      let expected = Reference.conv2d(
        DTensor(x), DTensor(w), .init(kernel: (3, 3), padding: (1, 1)))
      let largest = expected.values.reduce(0) { max($0, abs($1)) }
      for (tile, allowed) in [(WinogradTile.four, 5e-5), (.two, 5e-6)] {
        let plan = ConvolutionPlan.candidates(for: g).first { $0.algorithm == .winograd(tile) }!
        assertClose(
          convolve(x, w, g, plan: plan), expected, absolute: allowed * largest, relative: 0,
          "F(\(tile.rawValue)×\(tile.rawValue), 3×3) on \(g)")
      }
    }
  }

  /// The same for the weight gradient over a batch, relative to its largest element: F(4×4) 5·10⁻⁵, F(2×2) 10⁻⁵.
  func testErrorOfTheWeightGradient() {
    var generator = Generator(seed: 64)
    for (size, ins, outs) in [(28, 16, 16), (14, 64, 32), (7, 128, 64)] {
      let x = relu(generator.tensor([4, size, size, ins]))
      let g = ConvolutionGeometry(input: x.shape, weight: [3, 3, ins, outs], padding: 1)
      let dy = generator.tensor(g.outputShape)
      let expected = Reference.conv2dGradient(
        DTensor(x), DTensor(generator.tensor(g.weightShape)), gradient: DTensor(dy),
        .init(kernel: (3, 3), padding: (1, 1))
      ).weight
      let largest = expected.values.reduce(0) { max($0, abs($1)) }
      for (tile, allowed) in [(WinogradTile.four, 5e-5), (.two, 1e-5)] {
        assertClose(
          convolutionWeightGradient(g, tile: tile, x, dy), expected, absolute: allowed * largest, relative: 0,
          "F(\(tile.rawValue)×\(tile.rawValue), 3×3) on \(g)")
      }
    }
  }

  /// A changed weight is transformed again; an unchanged one is not.
  func testKeptWeightsFollowTheirVersion() {
    let store = ParameterStore(seed: 3)
    let conv = Conv2d(store.scope["conv"], from: 32, to: 32, kernel: 3, padding: 1)
    var generator = Generator(seed: 63)
    let x = generator.tensor([1, 12, 12, 32])
    let g = ConvolutionGeometry(input: x.shape, weight: conv.weight.shape, padding: 1)
    let plan = ConvolutionPlan(g)
    let first = conv(x, .inference())
    XCTAssertTrue(conv.weight.prepared(for: plan, g) === conv.weight.prepared(for: plan, g))
    conv.weight.update { $0[0] += 1 }
    let expected = Reference.conv2d(
      DTensor(x), DTensor(conv.weight.value), bias: DTensor(conv.bias!.value),
      .init(kernel: (3, 3), padding: (1, 1)))
    assertClose(conv(x, .inference()), expected, absolute: 1e-4)
    XCTAssertNotEqual(first.scalars, conv(x, .inference()).scalars)
  }
}
