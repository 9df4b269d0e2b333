import Engine
import TestSupport
import XCTest

/// Tolerances, all of them. Forward: 10⁻⁴ of the largest element. Gradients: the error's norm over the sampled elements
/// is at most 2 × what disturbances of the size of fp32's rounding do to them, or 10⁻³ of the golden's norm where that is
/// more. The whole gradient's norm moves less: 2 × what they do to it, or 5·10⁻⁴.
enum Tolerance {
  static let forward = 1e-4

  static func gradient(_ own: Double) -> Double { max(2 * own, 1e-3) }
  static func gradientNorm(_ own: Double) -> Double { max(2 * own, 5e-4) }
}

/// ‖actual − golden‖ / ‖golden‖.
func relativeError(_ actual: [Float], _ golden: [Double]) -> Double {
  var (difference, norm) = (0.0, 0.0)
  for (a, g) in zip(actual, golden) {
    difference += (Double(a) - g) * (Double(a) - g)
    norm += g * g
  }
  return (difference / norm).squareRoot()
}

/// Elements of a tensor in file order.
func samples(_ kind: String, _ name: String, _ tensor: Tensor, _ wanted: Int) -> [Float] {
  tensor.withUnsafeBufferPointer { elements in
    CounterGenerator.sample("\(kind) \(name)", of: elements.count, wanted).map { elements[$0] }
  }
}

/// Samples of an activation or a statistic, relative to the golden's largest element.
func assertForward(
  _ actual: [Float], _ golden: Fixture.Sampled, tolerance: Double = Tolerance.forward, _ message: String,
  file: StaticString = #filePath, line: UInt = #line
) {
  assertClose(
    actual, golden.samples, absolute: tolerance * golden.maximum, relative: 0, "\(message) \(golden.name)",
    file: file, line: line)
}

/// Gradients in file order, by their norms and their sampled elements. One failure tells how many are wrong, and the
/// worst.
func assertGradients(
  _ golden: [Fixture.Gradient], _ message: String, kind: String = "gradient", file: StaticString = #filePath,
  line: UInt = #line,
  actual: (String) -> Tensor?
) {
  var failures: [(excess: Double, text: String)] = []
  for golden in golden {
    guard let gradient = actual(golden.name) else {
      failures.append((.infinity, "\(golden.name) has no gradient"))
      continue
    }
    let error = relativeError(
      samples(kind, golden.name, gradient, golden.samples.count), golden.samples)
    let normError = abs(Kernels.sumOfSquares(gradient).squareRoot() / golden.norm - 1)
    let tolerance = Tolerance.gradient(golden.error)
    let normTolerance = Tolerance.gradientNorm(golden.normError)
    // Written so that NaN fails.
    guard error <= tolerance, normError <= normTolerance else {
      let text =
        "\(golden.name) by \(error) of \(tolerance) allowed, its norm by \(normError) of \(normTolerance)"
      failures.append((max(error / tolerance, normError / normTolerance), text))
      continue
    }
  }
  guard let worst = failures.max(by: { $0.excess < $1.excess }) else { return }
  XCTFail(
    "\(message): \(failures.count) of \(golden.count) \(kind)s differ; worst \(worst.text)", file: file,
    line: line)
}

/// Keeps samples of the layers that a fixture asks for.
final class StageSampler: OutputObserver {
  private(set) var found: [String: [Float]] = [:]
  private let wanted: [String: Int]

  init(_ stages: [Fixture.Sampled]) {
    wanted = Dictionary(uniqueKeysWithValues: stages.map { ($0.name, $0.samples.count) })
  }

  func didRun(_ record: LayerRecord) {}

  func didCompute(_ output: Tensor, layer: String) {
    guard let count = wanted[layer] else { return }
    found[layer] = samples("stage", layer, output.inFileOrder, count)
  }
}
