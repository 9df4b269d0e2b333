import Engine
import Models
import TestSupport
import XCTest

/// Single Inception modules in training mode against PyTorch's float64: the output, the gradients of a projection of
/// it with respect to the input and every parameter, and the running statistics.
final class InceptionGoldenTests: XCTestCase {
  private struct Case: Decodable {
    let name: String
    let isPaper: Bool
    let channels: Int
    let widths: [Int]
    let input: [Int]
    let output: Fixture.Sampled
    let gradients: [Fixture.Gradient]
    let statistics: [Fixture.Sampled]
  }

  func testInceptionModules() throws {
    for golden in try Fixture.decode([Case].self, "inception_blocks") {
      let message = "\(golden.name)\(golden.isPaper ? " of the paper" : "")"
      let store = ParameterStore(initializes: false)
      let w = golden.widths
      let block = Inception(
        store.scope[golden.name], from: golden.channels, .init(w[0], w[1], w[2], w[3], w[4], w[5]),
        golden.isPaper ? .paper : .torchvision)
      store.fillFromKeys()
      let x = relu(goldenPictures(Shape(golden.input))).requiringGradient()
      let y = block(x, .training(generator: RandomStream(seed: 0)))
      assertForward(
        samples("output", golden.name, y.inFileOrder, golden.output.samples.count), golden.output, message)

      let gradients = y.backward(seed: goldenPictures(y.shape, label: "projection"))
      assertGradients(golden.gradients, message) { name in
        if name == "input" { return gradients[x]?.inFileOrder }
        return store[name].flatMap { parameter in gradients[parameter].map(parameter.layout.toFile) }
      }
      XCTAssertEqual(golden.gradients.count, store.trainable.count + 1, message)
      for statistic in golden.statistics {
        let value = try XCTUnwrap(store[statistic.name]).value
        assertForward(
          samples("statistic", statistic.name, value, statistic.samples.count), statistic, message)
      }
    }
  }
}
