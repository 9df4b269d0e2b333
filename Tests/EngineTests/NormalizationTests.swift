import Engine
import TestSupport
import XCTest

final class NormalizationTests: XCTestCase {
  private let shapes: [Shape] = [[2, 3, 5, 17], [64, 16], [3, 40, 41, 8], [5, 3], [2, 9, 9, 130]]

  func testBatchNormTraining() {
    fuzz(shapes.count, seed: 40) { generator, label in
      let shape = generator.element(shapes)
      let channels = shape.last
      let x = (generator.tensor(shape) * 3 + 2).requiringGradient()
      let scale = generator.tensor([channels]).requiringGradient()
      let shift = generator.tensor([channels]).requiringGradient()
      let (y, statistics) = batchNormTraining(x, scale: scale, shift: shift, epsilon: 1e-3)
      let zeros = DTensor(zeros: [channels])
      let reference = Reference.batchNormTraining(
        DTensor(x), weight: DTensor(scale), bias: DTensor(shift), runningMean: zeros,
        runningVariance: zeros, epsilon: 1e-3)
      assertClose(y, reference.output, absolute: 1e-4, label)
      assertClose(statistics.mean, reference.mean, absolute: 1e-5, label)
      assertClose(statistics.variance, reference.variance, absolute: 1e-5, relative: 1e-4, label)
      let seed = generator.tensor(shape)
      let gradients = y.backward(seed: seed)
      let truth = Reference.batchNormGradient(
        DTensor(x), weight: DTensor(scale), gradient: DTensor(seed), epsilon: 1e-3)
      assertClose(gradients[x]!, truth.input, absolute: 1e-4, relative: 1e-4, label)
      assertClose(gradients[scale]!, truth.weight, absolute: 1e-3, relative: 1e-4, label)
      assertClose(gradients[shift]!, truth.bias, absolute: 1e-3, relative: 1e-4, label)
    }
  }

  /// A mean a thousand deviations from zero costs a one-pass E[x²] − E[x]² all of its digits.
  func testVarianceAboutALargeMean() {
    var generator = RandomStream(seed: 41)
    let x = generator.tensor([4, 32, 32, 5]) + 1000
    let (_, statistics) = batchNormTraining(
      x, scale: Tensor(repeating: 1, shape: [5]), shift: Tensor(zeros: [5]), epsilon: 0)
    let reference = Reference.batchNormTraining(
      DTensor(x), weight: DTensor(zeros: [5]), bias: DTensor(zeros: [5]),
      runningMean: DTensor(zeros: [5]), runningVariance: DTensor(zeros: [5]))
    assertClose(statistics.variance, reference.variance, absolute: 0, relative: 1e-4)
  }

  /// ReLU and clipping are masks in batch norm's own gradient, the others operations behind it.
  func testResidualAndActivationAreWhatTheyFuse() {
    fuzz(36, seed: 42) { generator, label in
      let shape = generator.element(shapes)
      let activation: Activation = generator.element([
        .relu, .relu6, .clip(-0.5, 0.75), .leakyReLU(0.1), .hardSwish, .silu,
      ])
      let isTraining = generator.bool()
      let (mean, variance) = (
        generator.tensor([shape.last]), generator.tensor([shape.last], from: 0.5, to: 2)
      )
      let (x, r) = (generator.tensor(shape), generator.tensor(shape))
      let (scale, shift) = (generator.tensor([shape.last]), generator.tensor([shape.last]))
      let seed = generator.tensor(shape)
      func run(_ body: ([Tensor]) -> Tensor) -> [Tensor] {
        let leaves = [x, scale, shift, r].map { $0.requiringGradient() }
        let y = body(leaves)
        let gradients = y.backward(seed: seed)
        return [y.detached] + leaves.map { gradients[$0]! }
      }
      func norm(_ t: [Tensor], _ residual: Tensor?, _ activation: Activation) -> Tensor {
        isTraining
          ? batchNormTraining(
            t[0], scale: t[1], shift: t[2], epsilon: 1e-5, residual: residual, activation: activation
          ).output
          : batchNormInference(
            t[0], scale: t[1], shift: t[2], mean: mean, variance: variance, epsilon: 1e-5,
            residual: residual, activation: activation)
      }
      let fused = run { norm($0, $0[3], activation) }
      let separate = run { Engine.activation(norm($0, nil, .none) + $0[3], activation) }
      for (a, b) in zip(fused, separate) {
        assertClose(a, b, absolute: 1e-5, relative: 1e-4, "\(activation), \(label)")
      }
    }
  }

  func testBatchNormInference() {
    var generator = RandomStream(seed: 43)
    for shape in shapes {
      let channels = shape.last
      let (mean, variance) = (
        generator.tensor([channels]), generator.tensor([channels], from: 0.5, to: 2)
      )
      checkOperation(
        [generator.tensor(shape), generator.tensor([channels]), generator.tensor([channels])],
        absolute: 2e-5
      ) {
        Reference.batchNormInference(
          $0[0], weight: $0[1], bias: $0[2], mean: DTensor(mean), variance: DTensor(variance))
      } operation: {
        batchNormInference(
          $0[0], scale: $0[1], shift: $0[2], mean: mean, variance: variance, epsilon: 1e-5)
      }
    }
  }

  /// The fused inference convolution is convolution, then batch norm; the running statistics move as PyTorch's.
  func testConvNormActivation() {
    let store = ParameterStore(seed: 7)
    let module = ConvNormActivation(
      Conv2d(store.scope["conv"], from: 5, to: 21, kernel: 3, padding: 1),
      BatchNorm2d(store.scope["bn"], channels: 21))
    var generator = RandomStream(seed: 44)
    let x = generator.tensor([3, 8, 7, 5])
    _ = module(x, .training(generator: generator))
    let convolved = Reference.conv2d(
      DTensor(x), DTensor(store["conv.weight"]!.value), bias: DTensor(store["conv.bias"]!.value),
      .init(kernel: (3, 3), padding: (1, 1)))
    let ones = DTensor(shape: [21], values: Array(repeating: 1, count: 21))
    let zeros = DTensor(zeros: [21])
    let reference = Reference.batchNormTraining(
      convolved, weight: ones, bias: zeros, runningMean: zeros, runningVariance: ones)
    assertClose(store["bn.running_mean"]!.value, reference.runningMean, absolute: 1e-5)
    assertClose(store["bn.running_var"]!.value, reference.runningVariance, absolute: 1e-5)
    XCTAssertEqual(store["bn.num_batches_tracked"]!.value.scalar, 1)
    let residual = generator.tensor([3, 8, 7, 21])
    let expected = Reference.batchNormInference(
      convolved, weight: ones, bias: zeros, mean: reference.runningMean,
      variance: reference.runningVariance)
    assertClose(
      module.apply(x, .inference(), residual: residual),
      Reference.relu(Reference.add(expected, DTensor(residual))), absolute: 1e-4)
    XCTAssertEqual(store["bn.num_batches_tracked"]!.value.scalar, 1, "inference moved the statistics")
  }

  /// Made from its scope, the unit is the one that is written out: torchvision's keys, the same weights, the same bits; a
  /// stride of 1 keeps the extents for odd kernels, also with dilation.
  func testConvNormActivationFromItsScope() {
    typealias Case = (kernel: Size2D, stride: Size2D, dilation: Size2D, groups: Int, padding: Size2D)
    let cases: [Case] = [
      (3, 1, 1, 1, 1), (Size2D(1, 5), 1, 1, 1, Size2D(0, 2)), (3, 2, 1, 4, 1),
      (3, 1, Size2D(2, 3), 2, Size2D(2, 3)),
    ]
    for (kernel, stride, dilation, groups, padding) in cases {
      let (store, written) = (ParameterStore(seed: 8), ParameterStore(seed: 8))
      let unit = ConvNormActivation(
        store.scope["unit"], from: 4, to: 8, kernel: kernel, stride: stride, dilation: dilation,
        groups: groups, activation: .relu6)
      let expected = ConvNormActivation(
        Conv2d(
          written.scope["unit"][0], from: 4, to: 8, kernel: kernel, stride: stride, padding: .init(padding),
          dilation: dilation, groups: groups, bias: false),
        BatchNorm2d(written.scope["unit"][1], channels: 8), activation: .relu6)
      XCTAssertEqual(store.all.map(\.name), written.all.map(\.name))
      XCTAssertEqual(unit.path, "unit")
      var generator = RandomStream(seed: 46)
      let x = generator.tensor([2, 9, 7, 4])
      let y = unit(x, .inference())
      assertSameBits(y, expected(x, .inference()), "kernel \(kernel)")
      if stride == 1 { XCTAssertEqual(y.shape, [2, 9, 7, 8]) }
    }
    let unpadded = ConvNormActivation(ParameterStore().scope, from: 1, to: 1, kernel: 3, padding: 0)
    XCTAssertEqual(unpadded.convolution.padding, 0)
  }

  func testLocalResponseNorm() {
    fuzz(12, seed: 45) { generator, label in
      let x = generator.tensor([2, 3, generator.int(1...4), generator.int(1...23)], scale: 4)
      let size = generator.int(1...6)
      let beta: Float = generator.element([0.75, 0.5])
      checkOperation([x], absolute: 1e-5, label) {
        Reference.localResponseNorm($0[0], size: size, alpha: 0.1, beta: Double(beta), k: 2)
      } operation: {
        localResponseNorm($0[0], size: size, alpha: 0.1, beta: beta, k: 2)
      }
    }
  }
}
