import Engine
import TestSupport
import XCTest

final class PoolingTests: XCTestCase {
  private func window(_ generator: inout RandomStream) -> (
    kernel: Size2D, stride: Size2D, padding: Padding2D,
    reference: Reference.Window
  ) {
    let kernel = Size2D(generator.int(1...5), generator.int(1...5))
    let stride = Size2D(generator.int(1...3), generator.int(1...3))
    let padding = Padding2D(
      top: generator.int(0...kernel.y - 1), left: generator.int(0...kernel.x - 1),
      bottom: generator.int(0...kernel.y - 1), right: generator.int(0...kernel.x - 1))
    return (
      kernel, stride, padding,
      Reference.Window(
        kernel: (kernel.y, kernel.x), stride: (stride.y, stride.x),
        padding: (padding.top, padding.left), paddingAfter: (padding.bottom, padding.right))
    )
  }

  private func input(_ generator: inout RandomStream) -> Tensor {
    generator.tensor([
      generator.int(1...3), generator.int(5...13), generator.int(5...13),
      generator.element([1, 3, 16, 17, 40]),
    ])
  }

  func testMaxPool() {
    fuzz(120, seed: 30) { generator, label in
      // Many ties, as after ReLU: the first maximum gets the gradient.
      let x = relu(input(&generator)).requiringGradient()
      let (kernel, stride, padding, reference) = window(&generator)
      let ceil = generator.bool()
      let y = maxPool2d(x, kernel: kernel, stride: stride, padding: padding, ceilMode: ceil)
      assertClose(
        y, Reference.maxPool(DTensor(x), reference, ceil: ceil), absolute: 0, relative: 0, label)
      let seed = generator.tensor(y.shape)
      assertClose(
        y.backward(seed: seed)[x]!,
        Reference.maxPoolGradient(DTensor(x), gradient: DTensor(seed), reference, ceil: ceil), label)
    }
  }

  func testMaxPoolPropagatesNaN() {
    var generator = RandomStream(seed: 31)
    var values = generator.tensor([1, 4, 4, 17]).scalars
    values[5 * 17 + 3] = .nan
    let y = maxPool2d(Tensor(values, shape: [1, 4, 4, 17]), kernel: 2)
    XCTAssertEqual(y.scalars.filter(\.isNaN).count, 1)
    XCTAssertTrue(y.scalars[3].isNaN)
  }

  func testAveragePool() {
    fuzz(120, seed: 32) { generator, label in
      let x = input(&generator).requiringGradient()
      let (kernel, stride, padding, reference) = window(&generator)
      let (ceil, counts) = (generator.bool(), generator.bool())
      let y = averagePool2d(
        x, kernel: kernel, stride: stride, padding: padding, ceilMode: ceil, countIncludePad: counts)
      assertClose(
        y, Reference.averagePool(DTensor(x), reference, ceil: ceil, countIncludePad: counts), label)
      let seed = generator.tensor(y.shape)
      assertClose(
        y.backward(seed: seed)[x]!,
        Reference.averagePoolGradient(
          inputShape: x.shape.dimensions, gradient: DTensor(seed), reference, ceil: ceil,
          countIncludePad: counts), label)
    }
  }

  func testAdaptivePools() {
    fuzz(60, seed: 33) { generator, label in
      let x = input(&generator)
      let (height, width) = (generator.int(1...15), generator.int(1...15))
      checkOperation([x], label) {
        Reference.adaptiveAveragePool($0[0], height: height, width: width)
      } operation: {
        adaptiveAveragePool2d($0[0], height: height, width: width)
      }
      assertClose(
        adaptiveMaxPool2d(x, height: height, width: width),
        Reference.adaptiveMaxPool(DTensor(x), height: height, width: width), label)
    }
  }

  func testGlobalAverage() {
    var generator = RandomStream(seed: 34)
    let x = generator.tensor([3, 7, 5, 33])
    checkOperation([x]) {
      DTensor(shape: [3, 33], values: Reference.globalAveragePool($0[0]).values)
    } operation: {
      globalAveragePool2d($0[0])
    }
  }
}
