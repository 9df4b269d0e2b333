import Engine
import TestSupport
import XCTest

final class FrozenBatchNormTests: XCTestCase {
  private func unit(epsilon: Float?, seed: UInt64 = 3) -> (store: ParameterStore, unit: ConvNormActivation) {
    let store = ParameterStore(seed: seed)
    let scope = store.scope.freezingBatchNorm(epsilon: epsilon)
    let unit = ConvNormActivation(
      Conv2d(scope["conv"], from: 3, to: 20, kernel: 3, padding: 1, bias: false),
      BatchNorm2d(scope["norm"], channels: 20), activation: .relu)
    store.fillFromKeys()
    return (store, unit)
  }

  /// γ·(x − mean)/√(variance + ε) + β in training as in inference, with torchvision's ε of 0 too; fused and apart.
  func testIsOneFunctionInEveryPass() {
    var generator = RandomStream(seed: 4)
    let x = generator.tensor([2, 6, 5, 3])
    for epsilon in [0, 0.5] as [Float] {
      let (store, unit) = unit(epsilon: epsilon)
      XCTAssertEqual(unit.norm.epsilon, epsilon)
      XCTAssertTrue(unit.norm.isFrozen)
      let before = store.all.map { $0.value.scalars }
      let convolved = DTensor(unit.convolution(x, .inference()))
      func values(_ name: String) -> [Float] { store["norm.\(name)"]!.value.scalars }
      let (scale, shift) = (values("weight"), values("bias"))
      let (mean, variance) = (values("running_mean"), values("running_var"))
      var expected = convolved
      for index in expected.values.indices {
        let c = index % 20
        let deviation = (Double(variance[c]) + Double(epsilon)).squareRoot()
        let y = Double(scale[c]) * (convolved.values[index] - Double(mean[c])) / deviation + Double(shift[c])
        expected.values[index] = max(y, 0)
      }
      assertClose(unit(x, .inference()), expected, absolute: 1e-5, "inference, epsilon \(epsilon)")
      let training = Pass.training(generator: RandomStream(seed: 1))
      assertClose(unit(x, training), expected, absolute: 1e-5, "training, epsilon \(epsilon)")
      XCTAssertEqual(store.all.map { $0.value.scalars }, before)
    }
    XCTAssertEqual(unit(epsilon: nil).unit.norm.epsilon, 1e-5)
  }

  /// Of the convolution's weight and of the input there are gradients, of the norm's parameters none; they are not trained.
  func testGradients() throws {
    let (store, unit) = unit(epsilon: 0)
    XCTAssertEqual(store.trainable.map(\.name), ["conv.weight"])
    XCTAssertEqual(store.parameterCount, 3 * 3 * 3 * 20)
    var generator = RandomStream(seed: 5)
    let x = generator.tensor([1, 4, 5, 3])
    let leaf = x.requiringGradient()
    let y = unit(leaf, .training(generator: RandomStream(seed: 1)))
    let gradients = y.backward(seed: Tensor(repeating: 1, shape: y.shape))
    XCTAssertEqual(gradients.leaves.compactMap(\.parameter), ["conv.weight"])
    XCTAssertNotNil(gradients[leaf])
    checkGradient(of: [x], step: 2e-3, absolute: 2e-2) {
      unit($0[0], .training(generator: RandomStream(seed: 1)))
    }
  }

  /// In one pass as one after another: outputs and the gradients of input, residual and weight, for every kind of
  /// activation, a convolution that is trained or not, dense and depthwise.
  func testOnePassIsTheLayersOneByOne() throws {
    let activations: [Activation] = [.none, .relu, .relu6, .leakyReLU(0.1), .silu]
    for (index, activation) in activations.enumerated() {
      for isTrained in [true, false] {
        let store = ParameterStore(seed: 7)
        let scope = store.scope.freezingBatchNorm(epsilon: 0)
        let groups = index % 2 == 0 ? 1 : 6
        let unit = ConvNormActivation(
          Conv2d(scope["conv"], from: 6, to: 18, kernel: 3, padding: 1, groups: groups, bias: false),
          BatchNorm2d(scope["norm"], channels: 18), activation: activation)
        store.fillFromKeys()
        unit.convolution.weight.isTrainable = isTrained
        var generator = RandomStream(seed: UInt64(index))
        let x = generator.tensor([2, 6, 5, 6]).requiringGradient()
        let residual = generator.tensor([2, 6, 5, 18]).requiringGradient()
        let pass = Pass.training(generator: RandomStream(seed: 1))
        let label = "\(activation), trained: \(isTrained)"
        let fused = unit.apply(x, pass, residual: residual)
        let apart = Engine.activation(unit.norm(unit.convolution(x, pass), pass) + residual, activation)
        assertClose(fused, apart, absolute: 1e-5, label)
        let seed = generator.tensor(fused.shape)
        let (a, e) = (fused.backward(seed: seed), apart.backward(seed: seed))
        assertClose(try XCTUnwrap(a[x]), try XCTUnwrap(e[x]), absolute: 5e-5, relative: 1e-4, label)
        assertClose(try XCTUnwrap(a[residual]), try XCTUnwrap(e[residual]), absolute: 1e-5, label)
        let weight = unit.convolution.weight
        XCTAssertEqual(a[weight] != nil, isTrained, label)
        if isTrained { assertClose(a[weight]!, e[weight]!, absolute: 2e-4, relative: 1e-4, label) }
      }
    }
  }

  /// With the convolution frozen too and an input that needs no gradient, nothing is recorded, and the bits are inference's.
  func testWhatIsConstantRecordsNothing() {
    let (store, unit) = unit(epsilon: nil)
    for parameter in store.all { parameter.isTrainable = false }
    var generator = RandomStream(seed: 6)
    let x = generator.tensor([2, 9, 9, 3])
    assertSameBits(unit(x, .training(generator: RandomStream(seed: 1))), unit(x, .inference()))
  }

  /// Only what is below the scope; the counter may be in a file or not, as always.
  func testAnotherScopeIsNotFrozen() {
    let store = ParameterStore()
    let scope = store.scope
    _ = BatchNorm2d(scope["a"].freezingBatchNorm(), channels: 2)
    let norm = BatchNorm2d(scope["b"], channels: 2)
    XCTAssertFalse(norm.isFrozen)
    XCTAssertEqual(store.trainable.map(\.name), ["b.weight", "b.bias"])
    XCTAssertEqual(store["a.num_batches_tracked"]?.role, .counter)
  }
}
