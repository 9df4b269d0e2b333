import Engine
import Models
import TestSupport
import XCTest

/// Blocks that are computed some lines at a time have the bits of their layers one after the other.
final class InvertedResidualTests: XCTestCase {
  private final class Nobody: PassObserver {
    var layers = 0
    func didRun(_ record: LayerRecord) { layers += 1 }
  }

  func testLinesHaveTheBitsOfLayers() {
    // Pictures between the convolutions of at least a mebibyte; sizes that no strip and no task divides.
    for (height, width, from, to, stride, batch) in [
      (112, 112, 16, 24, 2, 1), (56, 56, 24, 24, 1, 2), (61, 75, 16, 16, 1, 1), (83, 47, 20, 12, 2, 2),
      (1, 4000, 16, 8, 1, 1), (301, 9, 19, 19, 1, 1),
    ] {
      let store = ParameterStore(seed: 31)
      let block = InvertedResidual(store.scope["block"], from: from, to: to, expansion: 6, stride: stride)
      var generator = RandomStream(seed: 32)
      for parameter in store.all where parameter.role != .counter {
        let value = generator.tensor(parameter.shape, scale: 0.5)
        parameter.value = parameter.name.hasSuffix("running_var") ? value * value + 0.5 : value
      }
      let x = generator.tensor([batch, height, width, from])
      let observer = Nobody()
      let layers = block(x, .inference(observer: observer))
      XCTAssertEqual(observer.layers, 3)
      assertSameBits(block(x, .inference()), layers, "\(height)×\(width), \(from) to \(to), stride \(stride)")
      assertSameBits(block(x, .inference(threads: 1)), layers, "one thread")
    }
  }
}
