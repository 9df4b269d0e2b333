import Engine
import Models
import TestSupport
import XCTest

final class SqueezeExcitationTests: XCTestCase {
  func testAgainstPlainLoops() {
    for gate in [SqueezeExcitation.Gate.sigmoid, .hardSigmoid] {
      let store = ParameterStore(seed: 5)
      let block = SqueezeExcitation(
        store.scope["se"], channels: 12, squeezed: 3, activation: .relu, gate: gate)
      XCTAssertEqual(store.all.map(\.name), ["se.fc1.weight", "se.fc1.bias", "se.fc2.weight", "se.fc2.bias"])
      var generator = RandomStream(seed: 111)
      let x = generator.tensor([2, 4, 5, 12])
      func reference(_ x: DTensor) -> DTensor {
        func layer(_ x: DTensor, _ name: String) -> DTensor {
          Reference.conv2d(
            x, DTensor(store["se.\(name).weight"]!.value), bias: DTensor(store["se.\(name).bias"]!.value),
            .init(kernel: (1, 1)))
        }
        let means = Reference.adaptiveAveragePool(x, height: 1, width: 1)
        let logits = layer(Reference.relu(layer(means, "fc1")), "fc2")
        let factors = gate == .sigmoid ? Reference.sigmoid(logits) : Reference.hardSigmoid(logits)
        return Reference.broadcast([x, factors]) { $0[0] * $0[1] }
      }
      assertClose(block(x, .inference()), reference(DTensor(x)), absolute: 1e-5)
      checkGradient(of: [x], elements: 40, reference: { reference($0[0]) }) {
        block($0[0], .evaluatingGradients())
      }
    }
  }

  /// A block of one's own is one expression.
  func testOneExpression() {
    let store = ParameterStore(seed: 6)
    let block = SqueezeExcitation(store.scope, channels: 8, squeezed: 2)
    let (fc1, fc2) = (block.reduction, block.expansion)
    var generator = RandomStream(seed: 112)
    let (x, pass) = (generator.tensor([2, 3, 3, 8]), Pass.inference())
    let y = x * sigmoid(fc2(relu(fc1(x.mean(axes: [1, 2], keepingDimensions: true), pass)), pass))
    assertClose(y, block(x, pass), absolute: 1e-6)
  }
}
