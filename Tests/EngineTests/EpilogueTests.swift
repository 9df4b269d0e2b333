import Engine
import TestSupport
import XCTest

/// What follows a convolution in its own pass: scale, shift, residual and every activation, behind every algorithm.
final class EpilogueTests: XCTestCase {
  private static let activations: [Activation] = [
    .none, .relu, .relu6, .clip(-0.5, 1.5), .leakyReLU(0.1), .hardSwish, .silu,
  ]

  private static func reference(_ x: DTensor, _ activation: Activation) -> DTensor {
    switch activation {
    case .none: x
    case .relu: Reference.relu(x)
    case .clip(let low, let high): Reference.clip(x, Double(low), Double(high))
    case .leakyReLU(let slope): Reference.leakyReLU(x, negativeSlope: Double(slope))
    case .hardSwish: Reference.hardSwish(x)
    case .silu: Reference.silu(x)
    }
  }

  private struct Case {
    let x, weight: Tensor
    let geometry: ConvolutionGeometry

    init(_ generator: inout RandomStream) {
      let groups = generator.element([1, 1, generator.int(2...40)])
      let channels = groups > 1 ? groups : generator.element([16, generator.int(1...20)])
      let outs = groups > 1 ? groups : generator.element([32, generator.int(1...40)])
      let kernel = generator.element([1, 3, 3, 5])
      let stride = generator.element([1, 1, 2])
      x = generator.tensor([2, generator.int(3...9), generator.int(3...11), channels])
      weight = generator.tensor([kernel, kernel, channels / groups, outs], scale: 0.5)
      geometry = ConvolutionGeometry(
        input: x.shape, weight: weight.shape, stride: .init(stride), padding: .init(kernel / 2),
        groups: groups)
    }

    var expected: DTensor {
      let g = geometry
      return Reference.conv2d(
        DTensor(x), DTensor(weight),
        .init(
          kernel: (g.kernelHeight, g.kernelWidth), stride: (g.stride.y, g.stride.x),
          padding: (g.padding.top, g.padding.left)), groups: g.groups)
    }
  }

  func testEveryActivationBehindEveryAlgorithm() {
    var seen: Set<ConvolutionPlan.Algorithm> = []
    fuzz(60, seed: 24) { generator, label in
      let c = Case(&generator)
      let outs = c.geometry.outChannels
      let (scale, shift) = (generator.tensor([outs]), generator.tensor([outs]))
      let residual = generator.tensor(c.geometry.outputShape)
      // Each part there or not.
      let (scales, shifts, adds) = (generator.bool(), generator.bool(), generator.bool())
      var before = c.expected
      for i in before.values.indices {
        if scales { before.values[i] *= Double(scale.scalars[i % outs]) }
        if shifts { before.values[i] += Double(shift.scalars[i % outs]) }
        if adds { before.values[i] += Double(residual.scalars[i]) }
      }
      for activation in Self.activations {
        let expected = Self.reference(before, activation)
        for plan in ConvolutionTask(c.geometry).candidates {
          seen.insert(plan.algorithm)
          let y = convolve(
            c.x, c.weight, plan,
            .init(
              scale: scales ? scale : nil, shift: shifts ? shift : nil, residual: adds ? residual : nil,
              activation: activation))
          assertClose(
            y, expected, absolute: 6e-3, relative: 1e-5, "\(activation), \(plan.algorithm), \(label)")
        }
      }
    }
    XCTAssertTrue(seen.isSuperset(of: [.depthwise, .pointwise, .im2col, .sharedIm2col, .winograd(.four)]))
  }

  /// Some channels of a wider activation, the others left alone.
  func testSlices() {
    fuzz(40, seed: 29) { generator, label in
      let c = Case(&generator)
      let g = c.geometry
      let shift = generator.tensor([g.outChannels])
      let first = generator.int(0...9)
      var wide = g.outputShape.dimensions
      wide[3] += first + generator.int(1...9)
      let activation = generator.element(Self.activations)
      for plan in ConvolutionTask(g).candidates {
        let slice = ChannelSlice(
          Tensor(repeating: -7, shape: Shape(wide)), channels: first..<first + g.outChannels)
        convolve(
          c.x, prepared: plan.prepare(c.weight), plan,
          .init(shift: shift, activation: activation),
          into: slice)
        let alone = convolve(c.x, c.weight, plan, .init(shift: shift, activation: activation))
        assertSameBits(slice.contents, alone, "\(plan.algorithm), \(activation), \(label)")
        for (i, value) in slice.tensor.scalars.enumerated() where !slice.channels.contains(i % wide[3]) {
          XCTAssertEqual(value, -7, "channel \(i % wide[3]), \(plan.algorithm), \(label)")
        }
      }
    }
  }

  /// The fused layers of inference compute what the operations with gradients do.
  func testLayersInInferenceAndTraining() {
    var generator = RandomStream(seed: 30)
    for activation in Self.activations {
      for (index, groups) in [1, 24].enumerated() {
        let store = ParameterStore(seed: 8)
        let scope = store.scope["\(index)"]
        func convolution(_ name: String) -> Conv2d {
          Conv2d(scope[name], from: 24, to: 24, kernel: 3, padding: 1, groups: groups)
        }
        let normed = ConvNormActivation(
          convolution("conv"), BatchNorm2d(scope["bn"], channels: 24), activation: activation)
        let (x, residual) = (generator.tensor([2, 6, 7, 24]), generator.tensor([2, 6, 7, 24], scale: 3))
        let message = "\(activation), \(groups) groups"
        assertClose(
          normed.apply(x, .inference(), residual: residual),
          DTensor(normed.apply(x, .evaluatingGradients(), residual: residual)), absolute: 1e-4, message)
        let plain = convolution("plain")
        assertClose(
          plain.activated(x, .inference(), activation),
          DTensor(plain.activated(x, .evaluatingGradients(), activation)), absolute: 1e-4, message)
      }
    }
  }
}
