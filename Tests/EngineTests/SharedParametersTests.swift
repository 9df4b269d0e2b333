import Engine
import TestSupport
import XCTest

/// Layers on parameters that another layer has.
final class SharedParametersTests: XCTestCase {
  private let generator = RandomStream(seed: 4)

  private func random(_ shape: Shape, _ label: String) -> Tensor {
    var stream = generator.split(label)
    return Tensor((0..<shape.count).map { _ in stream.normal() }, shape: shape)
  }

  /// Two layers with one weight and a bias each: outputs are a layer's each, the weight's gradient is the sum of both.
  func testAConvolutionsWeight() throws {
    let store = ParameterStore(seed: 2)
    let first = Conv2d(store.scope["first"], from: 3, to: 4, kernel: 3, padding: 1)
    let bias = store.scope["second"].parameter("bias", [4], .constant(0.5))
    let second = Conv2d(path: "second", weight: first.weight, bias: bias, stride: 2, padding: 1)
    XCTAssertEqual(store.all.map(\.name), ["first.weight", "first.bias", "second.bias"])
    XCTAssertEqual([second.inChannels, second.outChannels, second.kernel.y], [3, 4, 3])
    let x = random([1, 6, 6, 3], "x")

    func squares(_ layer: Conv2d) -> Tensor { square(layer(x, .evaluatingGradients())).sum() }
    let gradients = (first(x, .evaluatingGradients()).sum() + squares(second)).backward()
    let apart = ParameterStore(seed: 2)
    _ = Conv2d(apart.scope["first"], from: 3, to: 4, kernel: 3, padding: 1)
    let own = Conv2d(apart.scope["own"], from: 3, to: 4, kernel: 3, stride: 2, padding: 1)
    own.weight.value = first.weight.value
    own.bias!.value = bias.value
    XCTAssertEqual(second(x, .inference()).scalars, own(x, .inference()).scalars)
    let firstAlone = first(x, .evaluatingGradients()).sum().backward()
    let ownAlone = squares(own).backward()
    let parts = (
      try XCTUnwrap(firstAlone[first.weight]).scalars, try XCTUnwrap(ownAlone[own.weight]).scalars
    )
    let sum = zip(parts.0, parts.1).map { Double($0) + Double($1) }
    for (value, expected) in zip(try XCTUnwrap(gradients[first.weight]).scalars, sum) {
      XCTAssertEqual(Double(value), expected, accuracy: 1e-4 * max(1, abs(expected)))
    }
    XCTAssertEqual(try XCTUnwrap(gradients[bias]).scalars, try XCTUnwrap(ownAlone[own.bias!]).scalars)
  }

  func testALinearLayersWeight() throws {
    let store = ParameterStore(seed: 2)
    let first = Linear(store.scope["first"], from: 3, to: 4)
    let second = Linear(path: "second", weight: first.weight)
    let x = random([2, 3], "x")
    XCTAssertEqual(store.all.count, 2)
    XCTAssertNil(second.bias)
    let difference = (first(x, .inference()) - second(x, .inference())).scalars
    let bias = first.bias!.value.scalars
    for (index, value) in difference.enumerated() { XCTAssertEqual(value, bias[index % 4], accuracy: 1e-5) }
    let both = (first(x, .evaluatingGradients()) + second(x, .evaluatingGradients())).sum().backward()
    let one = first(x, .evaluatingGradients()).sum().backward()
    for (value, half) in zip(
      try XCTUnwrap(both[first.weight]).scalars, try XCTUnwrap(one[first.weight]).scalars)
    {
      XCTAssertEqual(value, 2 * half, accuracy: 1e-5)
    }
  }
}
