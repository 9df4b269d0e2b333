import Engine
import TestSupport
import XCTest

final class WinogradTests: XCTestCase {
  /// Every algorithm that applies gives what the plain loops give, with and without an epilogue.
  func testEveryCandidate() {
    fuzz(40, seed: 60) { generator, label in
      let channels = [16, 32, 80]
      let padding = generator.padding(0...2)
      let x = generator.tensor([
        generator.int(1...3), generator.int(5...13), generator.int(5...13), generator.element(channels),
      ])
      let kernel = generator.element([3, 5])
      let w = generator.tensor([kernel, kernel, x.shape[3], generator.element(channels)])
      let g = ConvolutionGeometry(input: x.shape, weight: w.shape, padding: padding)
      let expected = Reference.conv2d(
        DTensor(x), DTensor(w), Self.window(g))
      let plans = ConvolutionTask(g).candidates
      XCTAssertTrue(plans.contains(ConvolutionTask(g).plan), label)
      XCTAssertEqual(plans.count, kernel == 3 ? 6 : 3, label)
      let shift = generator.tensor([w.shape[3]])
      let residual = generator.tensor(g.outputShape)
      for plan in plans {
        let tolerance = plan.algorithm == .winograd(.seven) ? 6e-3 : 2e-3
        assertClose(
          convolve(x, w, plan), expected, absolute: tolerance, relative: 1e-4, "\(plan) \(label)")
        let fused = convolve(x, w, plan, .init(shift: shift, residual: residual, activation: .relu))
        var sum = Reference.add(expected, DTensor(residual))
        for i in sum.values.indices { sum.values[i] += Double(shift.scalars[i % shift.count]) }
        assertClose(
          fused, Reference.relu(sum), absolute: tolerance, relative: 1e-4, "fused \(plan) \(label)")
      }
    }
  }

  func testGradients() {
    fuzz(16, seed: 61) { generator, label in
      let kernel = generator.element([3, 3, 5])
      let padding = generator.int(0...kernel - 1)
      let x = generator.tensor([2, generator.int(8...13), generator.int(8...13), 32])
        .requiringGradient()
      let w = generator.tensor([kernel, kernel, 32, 48]).requiringGradient()
      let g = ConvolutionGeometry(input: x.shape, weight: w.shape, padding: .init(padding))
      guard case .winograd = ConvolutionTask(g).plan.algorithm else {
        return XCTFail("the plan is \(ConvolutionTask(g).plan) \(label)")
      }
      let y = conv2d(x, weight: w, padding: .init(padding))
      let seed = generator.tensor(y.shape)
      let gradients = y.backward(seed: seed)
      let truth = Reference.conv2dGradient(
        DTensor(x), DTensor(w), gradient: DTensor(seed),
        .init(kernel: (kernel, kernel), padding: (padding, padding)))
      assertClose(gradients[x]!, truth.input, absolute: 2e-3, relative: 1e-4, label)
      assertClose(gradients[w]!, truth.weight, absolute: 2e-3, relative: 1e-4, label)
    }
  }

  private struct Layer {
    let size, ins, outs: Int
    var kernel = 3
  }

  /// Calls `check` with each layer's geometry, an input as after ReLU, and each tile that applies.
  private func forEachTile(
    batch: Int, _ layers: [Layer], seed: UInt64,
    _ check: (ConvolutionGeometry, Tensor, [WinogradTile], inout RandomStream) -> Void
  ) {
    var generator = RandomStream(seed: seed)
    for layer in layers {
      let x = relu(generator.tensor([batch, layer.size, layer.size, layer.ins]))
      let g = ConvolutionGeometry(
        input: x.shape, weight: [layer.kernel, layer.kernel, layer.ins, layer.outs],
        padding: .init(layer.kernel / 2))
      let tiles: [WinogradTile] = ConvolutionTask(g).candidates.compactMap {
        if case .winograd(let tile) = $0.algorithm { tile } else { nil }
      }
      XCTAssertEqual(tiles, layer.kernel == 3 ? [.two, .four, .six, .seven] : [.twoOfFive])
      check(g, x, tiles, &generator)
    }
  }

  /// What an error may be, relative to the largest element.
  private func bound(_ tile: WinogradTile) -> Double {
    switch tile {
    case .two: 5e-6
    case .four, .six, .twoOfFive: 5e-5
    case .seven: 1e-4
    }
  }

  /// The largest error on layers of the networks, relative to the largest output.
  func testErrorOnLayersOfTheNetworks() {
    let layers = [
      Layer(size: 14, ins: 256, outs: 64), Layer(size: 10, ins: 512, outs: 32),
      Layer(size: 28, ins: 64, outs: 32), Layer(size: 42, ins: 128, outs: 32),
      Layer(size: 27, ins: 64, outs: 32, kernel: 5),
      Layer(size: 14, ins: 48, outs: 128, kernel: 5),
    ]
    forEachTile(batch: 1, layers, seed: 62) { g, x, tiles, generator in
      let inner = Float(g.kernelHeight * g.kernelWidth * g.inChannels)
      let w = generator.tensor(g.weightShape, scale: (2 / inner).squareRoot())
      let expected = Reference.conv2d(DTensor(x), DTensor(w), Self.window(g))
      let largest = expected.values.reduce(0) { max($0, abs($1)) }
      for tile in tiles {
        let plan = ConvolutionTask(g).candidates.first { $0.algorithm == .winograd(tile) }!
        assertClose(
          convolve(x, w, plan), expected, absolute: bound(tile) * largest,
          relative: 0, "\(tile) on \(g)")
      }
    }
  }

  /// The same for the weight gradient over a batch, twice as much for F(2×2, 3×3).
  func testErrorOfTheWeightGradient() {
    let layers = [
      Layer(size: 28, ins: 16, outs: 16), Layer(size: 14, ins: 64, outs: 32),
      Layer(size: 7, ins: 128, outs: 64), Layer(size: 27, ins: 16, outs: 48, kernel: 5),
    ]
    forEachTile(batch: 4, layers, seed: 64) { g, x, tiles, generator in
      let dy = generator.tensor(g.outputShape)
      let w = DTensor(generator.tensor(g.weightShape))
      let expected = Reference.conv2dGradient(DTensor(x), w, gradient: DTensor(dy), Self.window(g)).weight
      let largest = expected.values.reduce(0) { max($0, abs($1)) }
      for plan in ConvolutionTask(g, .weightGradient, for: .training).candidates {
        guard case .winograd(let tile) = plan.algorithm else { continue }
        XCTAssertTrue(tiles.contains(tile))
        assertClose(
          convolutionWeightGradient(x, dy, plan), expected,
          absolute: max(bound(tile), 1e-5) * largest, relative: 0, "\(tile) on \(g)")
      }
    }
  }

  private static func window(_ g: ConvolutionGeometry) -> Reference.Window {
    .init(
      kernel: (g.kernelHeight, g.kernelWidth), padding: (g.padding.top, g.padding.left),
      paddingAfter: (g.padding.bottom, g.padding.right))
  }

  /// Panels of weights are kept in the weights' place; what is asked for afterwards are the same bits.
  func testValuesAreReadBackFromPanels() {
    for (ins, outs, groups) in [(24, 200, 1), (12, 96, 3), (5, 130, 1), (16, 64, 1)] {
      let store = ParameterStore(seed: 4)
      let conv = Conv2d(store.scope["conv"], from: ins, to: outs, kernel: 3, stride: 2, groups: groups)
      let expected = Tensor(conv.weight.value.scalars, shape: conv.weight.shape)
      var generator = RandomStream(seed: 65)
      let x = generator.tensor([1, 9, 9, ins])
      let first = conv(x, .inference())
      assertSameBits(conv.weight.value, expected, "\(outs) of \(groups)")
      assertSameBits(conv(x, .inference()), first, "\(outs) of \(groups)")
      // In training, where the plan packs them for itself, and back.
      assertSameBits(conv(x, .evaluatingGradients()).detached, first, "\(outs) of \(groups)")
      conv.weight.update { $0[0] += 1 }
      XCTAssertEqual(conv.weight.value.scalars[0], expected.scalars[0] + 1)
      XCTAssertEqual(Array(conv.weight.value.scalars.dropFirst()), Array(expected.scalars.dropFirst()))
    }
  }

  /// A changed weight is transformed again; an unchanged one is not.
  func testKeptWeightsFollowTheirVersion() {
    let store = ParameterStore(seed: 3)
    let conv = Conv2d(store.scope["conv"], from: 32, to: 32, kernel: 3, padding: 1)
    var generator = RandomStream(seed: 63)
    let x = generator.tensor([1, 12, 12, 32])
    let g = ConvolutionGeometry(input: x.shape, weight: conv.weight.shape, padding: 1)
    let plan = ConvolutionTask(g).plan
    let first = conv(x, .inference())
    XCTAssertTrue(conv.weight.prepared(for: plan) === conv.weight.prepared(for: plan))
    conv.weight.update { $0[0] += 1 }
    let expected = Reference.conv2d(
      DTensor(x), DTensor(conv.weight.value), bias: DTensor(conv.bias!.value),
      .init(kernel: (3, 3), padding: (1, 1)))
    assertClose(conv(x, .inference()), expected, absolute: 1e-4)
    XCTAssertNotEqual(first.scalars, conv(x, .inference()).scalars)
  }
}
