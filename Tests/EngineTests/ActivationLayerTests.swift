import Engine
import TestSupport
import XCTest

final class ActivationLayerTests: XCTestCase {
  /// The layers are the operations, in observed passes too.
  func testLayers() {
    var generator = RandomStream(seed: 101)
    let x = generator.tensor([2, 3, 3, 5], scale: 4)
    let layers: [(String, any Module, Tensor)] = [
      ("ReLU6", ReLU6(), relu6(x)), ("SiLU", SiLU(), silu(x)), ("HardSwish", HardSwish(), hardSwish(x)),
      ("HardSigmoid", HardSigmoid(), hardSigmoid(x)), ("Sigmoid", Sigmoid(), sigmoid(x)),
      ("Tanh", Tanh(), tanh(x)),
      ("GELU", GELU(), gelu(x)), ("GELU", GELU(approximation: .tanh), gelu(x, approximation: .tanh)),
    ]
    for (kind, layer, expected) in layers {
      let observer = Observer()
      assertSameBits(layer(x, .inference()), expected, kind)
      assertSameBits(layer(x, .inference(observer: observer)), expected, kind)
      XCTAssertEqual(observer.kinds, [kind])
    }
  }

  private final class Observer: PassObserver {
    var kinds: [String] = []
    func didRun(_ record: LayerRecord) { kinds.append(record.kind) }
  }
}
