import Engine
import TestSupport
import XCTest

/// Holds the plain loops that other tests rely on against PyTorch.
final class ReferenceTests: XCTestCase {
  private func check(
    _ actual: DTensor, _ expected: GoldenOperations.Array, _ message: String, line: UInt = #line
  ) {
    XCTAssertEqual(actual.shape, expected.shape, message, line: line)
    for (a, e) in zip(actual.values, expected.values) {
      XCTAssertEqual(a, e, accuracy: 1e-8 * (1 + abs(e)), message, line: line)
    }
  }

  func testConvolutionPoolingAndLocalResponseNormEqualPyTorchs() throws {
    let windows = try GoldenOperations.load().windows
    XCTAssertEqual(windows.count, 33)
    for (number, golden) in windows.enumerated() {
      let name = "\(golden.name), case \(number)"
      let (x, seed) = (golden.x.dTensor, golden.seed.dTensor)
      let (height, width) = (golden.y.shape[1], golden.y.shape[2])
      switch golden.name {
      case "conv2d":
        let weight = golden.weight!.dTensor
        check(Reference.conv2d(x, weight, golden.geometry, groups: golden.groups!), golden.y, name)
        let gradients = Reference.conv2dGradient(
          x, weight, gradient: seed, golden.geometry, groups: golden.groups!)
        check(gradients.input, golden.gradient, name)
        check(gradients.weight, golden.weightGradient!, name)
      case "maxPool":
        let ceil = golden.ceil!
        check(Reference.maxPool(x, golden.geometry, ceil: ceil), golden.y, name)
        check(
          Reference.maxPoolGradient(x, gradient: seed, golden.geometry, ceil: ceil), golden.gradient, name)
      case "averagePool":
        let (ceil, counted) = (golden.ceil!, golden.countIncludePad!)
        check(
          Reference.averagePool(x, golden.geometry, ceil: ceil, countIncludePad: counted), golden.y, name)
        check(
          Reference.averagePoolGradient(
            inputShape: x.shape, gradient: seed, golden.geometry, ceil: ceil, countIncludePad: counted),
          golden.gradient, name)
      case "adaptiveAveragePool":
        check(Reference.adaptiveAveragePool(x, height: height, width: width), golden.y, name)
        check(
          Reference.adaptiveAveragePoolGradient(inputShape: x.shape, gradient: seed), golden.gradient, name)
      case "adaptiveMaxPool":
        check(Reference.adaptiveMaxPool(x, height: height, width: width), golden.y, name)
      case "localResponseNorm":
        let size = golden.size!
        check(Reference.localResponseNorm(x, size: size, alpha: 0.5, beta: 0.75, k: 2), golden.y, name)
        check(
          Reference.localResponseNormGradient(x, gradient: seed, size: size, alpha: 0.5, beta: 0.75, k: 2),
          golden.gradient, name)
      default: XCTFail("unknown case \(golden.name)")
      }
    }
  }

  func testBatchNormEqualsPyTorchs() throws {
    let golden = try GoldenOperations.load().batchNorm
    let (x, weight, bias) = (golden.x.dTensor, golden.weight.dTensor, golden.bias.dTensor)
    let (mean, variance) = (golden.mean.dTensor, golden.variance.dTensor)
    let training = Reference.batchNormTraining(
      x, weight: weight, bias: bias, runningMean: mean, runningVariance: variance, epsilon: 1e-3)
    check(training.output, golden.y, "output")
    check(training.runningMean, golden.newMean, "running mean")
    check(training.runningVariance, golden.newVariance, "running variance")
    let inference = Reference.batchNormInference(
      x, weight: weight, bias: bias, mean: mean, variance: variance, epsilon: 1e-3)
    check(inference, golden.inference, "inference")
    let gradients = Reference.batchNormGradient(
      x, weight: weight, gradient: golden.seed.dTensor, epsilon: 1e-3)
    check(gradients.input, golden.gradient, "input gradient")
    check(gradients.weight, golden.weightGradient, "weight gradient")
    check(gradients.bias, golden.biasGradient, "bias gradient")
  }

  func testLinearGradientEqualsDifferences() {
    var generator = RandomStream(seed: 70)
    let (x, weight, bias) = (generator.tensor([3, 5]), generator.tensor([4, 5]), generator.tensor([4]))
    let seed = DTensor(generator.tensor([3, 4]))
    let points = [DTensor(x), DTensor(weight), DTensor(bias)]
    func value(_ p: [DTensor]) -> Double { Reference.linear(p[0], p[1], bias: p[2]).dot(seed) }
    let gradients = Reference.linearGradient(points[0], points[1], gradient: seed)
    for (input, gradient) in [gradients.input, gradients.weight, gradients.bias].enumerated() {
      for i in 0..<gradient.count {
        var (above, below) = (points, points)
        above[input].values[i] += 1e-4
        below[input].values[i] -= 1e-4
        XCTAssertEqual(gradient.values[i], (value(above) - value(below)) / 2e-4, accuracy: 1e-8)
      }
    }
  }
}
