import Engine
import TestSupport
import XCTest

/// Transposed convolution against PyTorch's numbers and plain Double loops, by every kernel of input gradients.
final class ConvTransposeTests: XCTestCase {
  private func pair(_ values: [Int]?) -> Size2D { .init(values![0], values![1]) }

  func testEqualsPyTorchs() throws {
    let goldens = try GoldenOperations.load().transposedConvolutions
    XCTAssertEqual(goldens.count, 5)
    for (number, golden) in goldens.enumerated() {
      let (x, w) = (golden.x.tensor.requiringGradient(), golden.weight!.tensor.requiringGradient())
      let y = convTranspose2d(
        x, weight: w, stride: pair(golden.stride), padding: .init(pair(golden.padding)),
        outputPadding: pair(golden.outputPadding), dilation: pair(golden.dilation), groups: golden.groups!)
      let gradients = y.backward(seed: golden.seed.tensor)
      assertClose(y, golden.y.dTensor, absolute: 1e-5, "case \(number)")
      assertClose(gradients[x]!, golden.gradient.dTensor, absolute: 1e-5, "case \(number)")
      assertClose(gradients[w]!, golden.weightGradient!.dTensor, absolute: 1e-5, "case \(number)")
      assertClose(
        Reference.convTranspose2d(
          golden.x.dTensor, golden.weight!.dTensor, golden.geometry,
          size: (golden.y.shape[1], golden.y.shape[2]), groups: golden.groups!
        ).tensor, golden.y.dTensor, absolute: 1e-6, "the plain loops, case \(number)")
    }
  }

  private struct Case {
    let geometry: ConvolutionGeometry
    let x, weight, bias: Tensor
    let outputPadding: Size2D

    /// - Parameter whole: channels in whole vectors and stride 1, which Winograd's transforms want.
    init(_ generator: inout RandomStream, whole: Bool = false) {
      while true {
        let groups = whole ? 1 : generator.element([1, 1, 2, 3, generator.int(2...20)])
        let (ins, outs) =
          whole
          ? (generator.element([16, 48, 48]), generator.element([16, 32, 32]))
          : groups > 3 ? (1, 1) : (generator.int(1...9), generator.int(1...9))
        let kernel: Size2D =
          whole
          ? generator.element([3, 3, 5]) : .init(generator.int(1...5), generator.int(1...5))
        let stride: Size2D =
          whole ? 1 : .init(generator.int(1...4), generator.int(1...4))
        let dilation: Size2D =
          whole ? 1 : .init(generator.int(1...3), generator.int(1...3))
        let padding = generator.padding(0...(whole ? 2 : 3))
        let extra = Size2D(
          generator.int(0...max(stride.y, dilation.y) - 1), generator.int(0...max(stride.x, dilation.x) - 1))
        let shape: Shape = [
          generator.int(1...3), generator.int(1...9), generator.int(1...9), ins * groups,
        ]
        func fits(_ count: Int, _ stride: Int, _ padding: Int, _ reach: Int, _ extra: Int) -> Bool {
          (count - 1) * stride - padding + reach + extra + 1 > 0
        }
        guard
          fits(
            shape[1], stride.y, padding.top + padding.bottom, dilation.y * (kernel.y - 1), extra.y),
          fits(
            shape[2], stride.x, padding.left + padding.right, dilation.x * (kernel.x - 1), extra.x)
        else { continue }
        x = generator.tensor(shape)
        weight = generator.tensor([kernel.y, kernel.x, outs, ins * groups])
        bias = generator.tensor([outs * groups])
        outputPadding = extra
        geometry = ConvolutionGeometry(
          transposing: shape, weight: weight.shape, stride: stride, padding: padding, outputPadding: extra,
          dilation: dilation, groups: groups)
        return
      }
    }

    func reference(_ x: DTensor, _ weight: DTensor, bias: DTensor? = nil) -> DTensor {
      let g = geometry
      return Reference.convTranspose2d(
        x, weight, bias: bias,
        .init(
          kernel: (g.kernelHeight, g.kernelWidth), stride: (g.stride.y, g.stride.x),
          padding: (g.padding.top, g.padding.left), dilation: (g.dilation.y, g.dilation.x)),
        size: (g.height, g.width), groups: g.groups)
    }

    func operation(_ x: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor {
      let g = geometry
      return convTranspose2d(
        x, weight: weight, bias: bias, stride: g.stride, padding: g.padding, outputPadding: outputPadding,
        dilation: g.dilation, groups: g.groups)
    }
  }

  func testEveryKernelWithEpilogues() {
    let activations: [Activation] = [.none, .relu, .clip(-0.5, 1.5), .leakyReLU(0.1), .silu]
    fuzz(300, seed: 95) { generator, label in
      let c = Case(&generator, whole: generator.int(0...2) == 0)
      let scale = generator.bool() ? generator.tensor(c.bias.shape) : nil
      let residual = generator.bool() ? generator.tensor(c.geometry.inputShape) : nil
      let activation = generator.element(activations)
      var expected = c.reference(DTensor(c.x), DTensor(c.weight))
      let outs = c.bias.count
      for i in expected.values.indices {
        expected.values[i] *= Double(scale?.scalars[i % outs] ?? 1)
        expected.values[i] += Double(c.bias.scalars[i % outs])
      }
      if let residual { expected = Reference.add(expected, DTensor(residual)) }
      switch activation {
      case .relu: expected = Reference.relu(expected)
      case .clip(let low, let high): expected = Reference.clip(expected, Double(low), Double(high))
      case .leakyReLU(let slope): expected = Reference.leakyReLU(expected, negativeSlope: Double(slope))
      case .silu: expected = Reference.silu(expected)
      default: break
      }
      for plan in ConvolutionTask(c.geometry, .inputGradient).candidates {
        var tolerance = 5e-4
        if case .winograd = plan.algorithm { tolerance = 6e-3 }
        let y = convolutionInputGradient(
          c.x, prepared: plan.prepare(c.weight), plan,
          .init(scale: scale, shift: c.bias, residual: residual, activation: activation))
        assertClose(
          y, expected, absolute: tolerance, relative: 1e-5,
          "\(plan.algorithm), \(activation), \(c.geometry) \(label)")
      }
    }
  }

  func testOutputAndGradients() {
    fuzz(60, seed: 96) { generator, label in
      let c = Case(&generator)
      checkOperation(
        [c.x, c.weight, c.bias], absolute: 5e-4, elements: 12, "\(c.geometry) \(label)"
      ) {
        c.reference($0[0], $0[1], bias: $0[2])
      } operation: {
        c.operation($0[0], $0[1], $0[2])
      }
    }
  }

  /// Winograd's transforms in all three directions: the gradients are a convolution of dy and its weight gradient.
  func testGradientsByWinograd() {
    var algorithms: Set<ConvolutionPlan.Algorithm> = []
    fuzz(40, seed: 98) { generator, label in
      let c = Case(&generator, whole: true)
      let g = c.geometry
      algorithms.insert(ConvolutionTask(g, .inputGradient, for: .training).plan.algorithm)
      let leaves = [c.x, c.weight, c.bias].map { $0.requiringGradient() }
      let y = c.operation(leaves[0], leaves[1], leaves[2])
      assertClose(
        y, c.reference(DTensor(c.x), DTensor(c.weight), bias: DTensor(c.bias)), absolute: 2e-3, label)
      let seed = generator.tensor(y.shape)
      let gradients = y.backward(seed: seed)
      let window = Reference.Window(
        kernel: (g.kernelHeight, g.kernelWidth), padding: (g.padding.top, g.padding.left),
        paddingAfter: (g.padding.bottom, g.padding.right))
      assertClose(
        gradients[leaves[0]]!, Reference.conv2d(DTensor(seed), DTensor(c.weight), window), absolute: 2e-3,
        label)
      assertClose(
        gradients[leaves[1]]!,
        Reference.conv2dGradient(DTensor(seed), DTensor(c.weight), gradient: DTensor(c.x), window).weight,
        absolute: 5e-3, label)
    }
    XCTAssertTrue(algorithms.contains(.winograd(.two)) || algorithms.contains(.winograd(.four)))
    XCTAssertTrue(algorithms.contains(.winograd(.twoOfFive)))
  }

  /// The layer in inference, in training and frozen; its weight's layout and fan in files are PyTorch's.
  func testLayer() {
    let store = ParameterStore(seed: 6)
    let layer = ConvTranspose2d(
      store.scope["up"], from: 12, to: 8, kernel: .init(4, 3), stride: 2, padding: 1, outputPadding: 1,
      groups: 2)
    XCTAssertEqual(layer.weight.name, "up.weight")
    XCTAssertEqual(layer.weight.layout.fileShape(layer.weight.shape), [12, 4, 4, 3])
    let bound = 1 / Float(4 * 4 * 3).squareRoot()
    XCTAssertTrue(layer.weight.value.scalars.allSatisfy { abs($0) <= bound })
    XCTAssertGreaterThan(layer.weight.value.scalars.map(abs).max()!, 0.9 * bound)
    var generator = RandomStream(seed: 97)
    let x = generator.tensor([2, 5, 6, 12])
    let expected = convTranspose2d(
      x, weight: layer.weight.value, bias: layer.bias!.value, stride: 2, padding: 1, outputPadding: 1,
      groups: 2)
    XCTAssertEqual(expected.shape, [2, 11, 12, 8])
    assertSameBits(layer(x, .inference()), expected)
    assertSameBits(layer(x, .evaluatingGradients()).detached, expected)
    assertSameBits(layer.activated(x, .inference(), .relu), relu(expected))
    layer.weight.isTrainable = false
    let before = WeightForm.preparations
    let leaf = x.requiringGradient()
    let gradients = (0..<3).map { _ in
      layer(leaf, .evaluatingGradients()).backward(seed: expected)[leaf]!
    }
    // One form was kept by the inference above.
    XCTAssertLessThanOrEqual(WeightForm.preparations - before, 1)
    assertSameBits(gradients[2], gradients[0])
  }
}
