import Engine
import TestSupport
import XCTest

final class MicroBatchesTests: XCTestCase {
  private let store = ParameterStore(seed: 80)
  private lazy var modules: [any Module] = [
    ConvNormActivation(
      Conv2d(store.scope["a"], from: 3, to: 16, kernel: 3, stride: 2, padding: 1),
      BatchNorm2d(store.scope["b"], channels: 16)),
    MaxPool2d(kernel: 2, stride: 2),
    Conv2d(store.scope["c"], from: 16, to: 5, kernel: 1),
  ]
  /// Seven pictures, of which no more than two are worked on at a time.
  private let batch: Tensor = {
    var generator = RandomStream(seed: 81)
    return generator.tensor([7, 230, 240, 3])
  }()

  func testInferenceHasTheBitsOfItsPieces() {
    let body = Sequential(modules)
    let joined = MicroBatches(modules)(batch, .inference())
    let pieces = [0..<2, 2..<4, 4..<6, 6..<7].map { body(batch.slice(axis: 0, $0), .inference()) }
    assertSameBits(joined, concat(pieces, axis: 0), "seven pictures")
    // What fits is not cut.
    let small = batch.slice(axis: 1, 0..<60)
    assertSameBits(MicroBatches(modules)(small, .inference()), body(small, .inference()), "small pictures")
  }

  /// Batch norm's statistics are the whole batch's.
  func testTrainingIsNotCut() throws {
    let pass = Pass.training(generator: RandomStream(seed: 82))
    let y = MicroBatches(modules)(batch, pass)
    let expected = Sequential(modules)(batch, pass)
    assertSameBits(y.detached, expected.detached, "training")
    let gradients = (y * y).sum().backward()
    let expectedGradients = (expected * expected).sum().backward()
    for name in ["a.weight", "b.weight", "c.bias"] {
      let parameter = store[name]!
      assertSameBits(
        try XCTUnwrap(gradients[parameter]), try XCTUnwrap(expectedGradients[parameter]), name)
    }
  }

  func testFeaturesInsideAreOfTheWholeBatch() throws {
    let cut = MicroBatches(modules)
    let features = try Sequential([cut, ReLU()]).features(at: ["c"], of: batch, .inference())
    assertClose(features[0], cut(batch, .inference()))
  }

  func testObserversSeeWholeBatches() {
    let records = Records()
    let start = ContinuousClock.now
    _ = MicroBatches(modules)(batch, .inference(observer: records))
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let expected = Records()
    _ = Sequential(modules)(batch, .inference(observer: expected))
    XCTAssertEqual(records.all.count, 3)
    for (record, expected) in zip(records.all, expected.all) {
      XCTAssertEqual(record.name, expected.name)
      XCTAssertEqual(record.kind, expected.kind)
      XCTAssertEqual(record.output, expected.output)
      XCTAssertEqual(record.macs, expected.macs)
      XCTAssertEqual(record.parameters, expected.parameters)
    }
    XCTAssertGreaterThanOrEqual(seconds, records.all.reduce(0) { $0 + $1.seconds })
    for (record, next) in zip(records.all, records.all.dropFirst()) {
      XCTAssertEqual((next.start - record.start) / .seconds(1), record.seconds, accuracy: 1e-6)
    }
    let outputs = Outputs()
    _ = MicroBatches(modules)(batch, .inference(observer: outputs))
    XCTAssertEqual(outputs.shapes, expected.all.map(\.output))
  }
}

private class Records: PassObserver {
  var all: [LayerRecord] = []
  func didRun(_ record: LayerRecord) { all.append(record) }
}

private final class Outputs: Records, OutputObserver {
  var shapes: [Shape] = []
  func didCompute(_ output: Tensor, layer: String) { shapes.append(output.shape) }
}
