import Engine
import TestSupport
import XCTest

/// The choice of a convolution's algorithm: overridden in a pass, and every way side by side.
final class ConvolutionChoiceTests: XCTestCase {
  private func plan(
    _ choice: ConvolutionAlgorithm, size: Int, from: Int, to: Int, kernel: Int = 3, stride: Int = 1,
    groups: Int = 1
  ) -> String {
    let g = ConvolutionGeometry(
      input: [1, size, size, from], weight: [kernel, kernel, from / groups, to], stride: .init(stride),
      padding: .init(kernel / 2), groups: groups)
    return "\(ConvolutionTask(g, by: choice).plan.algorithm)"
  }

  func testOverriddenPlans() {
    // Where Winograd is the plan's own choice, where it is not, and where it does not apply.
    XCTAssertEqual(plan(.auto, size: 56, from: 64, to: 64), "Winograd F(4×4, 3×3)")
    XCTAssertEqual(plan(.im2col, size: 56, from: 64, to: 64), "im2col")
    XCTAssertFalse(plan(.auto, size: 8, from: 16, to: 16).hasPrefix("Winograd"))
    XCTAssertTrue(plan(.winograd, size: 8, from: 16, to: 16).hasPrefix("Winograd"))
    for choice in ConvolutionAlgorithm.allCases {
      XCTAssertTrue(plan(choice, size: 56, from: 64, to: 64, stride: 2).hasPrefix("im2col"))
      XCTAssertEqual(plan(choice, size: 56, from: 64, to: 64, kernel: 1), "pointwise")
      XCTAssertEqual(plan(choice, size: 9, from: 16, to: 16, groups: 16), "depthwise")
    }
  }

  func testMethodsAgree() throws {
    for (channels, groups, kernel, stride) in [(48, 1, 3, 1), (16, 16, 3, 1), (48, 1, 1, 1), (48, 1, 5, 2)] {
      var generator = RandomStream(seed: 26)
      let g = ConvolutionGeometry(
        input: [2, 13, 13, channels], weight: [kernel, kernel, channels / groups, channels],
        stride: .init(stride), padding: .init(kernel / 2), groups: groups)
      let (x, w) = (generator.tensor(g.inputShape), generator.tensor(g.weightShape))
      let dy = generator.tensor(g.outputShape)
      let leaves = [x, w].map { $0.requiringGradient() }
      let y = conv2d(
        leaves[0], weight: leaves[1], stride: g.stride, padding: g.padding, groups: groups)
      let gradients = y.backward(seed: dy)
      let expected: [ConvolutionMethod.Result: Tensor] = [
        .output: y.detached, .inputGradient: gradients[leaves[0]]!, .weightGradient: gradients[leaves[1]]!,
      ]
      for result in ConvolutionMethod.Result.allCases {
        let methods = ConvolutionMethod.all(result, of: g, x: x, weight: w, outputGradient: dy)
        XCTAssertEqual(Set(methods.map(\.description)).count, methods.count)
        let chosen = methods.filter(\.isChosen)
        XCTAssertEqual(chosen.count, 1, "\(result)")
        assertSameBits(try XCTUnwrap(chosen.first)(), expected[result]!, "\(result)")
        for method in methods {
          assertClose(method(), DTensor(expected[result]!), absolute: 5e-3, "\(result), \(method)")
        }
      }
      let hasWinograd = ConvolutionMethod.all(.output, of: g, x: x, weight: w, outputGradient: dy)
        .contains { $0.description.hasPrefix("Winograd") }
      XCTAssertEqual(hasWinograd, kernel == 3 && groups == 1)
    }
  }
}
