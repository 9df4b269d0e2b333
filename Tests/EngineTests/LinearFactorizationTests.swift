import Engine
import Foundation
import TestSupport
import XCTest

/// A fully-connected layer as two of a lower rank.
final class LinearFactorizationTests: XCTestCase {
  private func layer(
    _ seed: UInt64, from inputs: Int, to outputs: Int, bias: Bool = true,
    flattening: (channels: Int, height: Int, width: Int)? = nil
  ) -> Linear {
    Linear(
      ParameterStore(seed: seed).scope["fc"], from: inputs, to: outputs, bias: bias, flattening: flattening,
      initializer: .normal(standardDeviation: 0.3), biasInitializer: .normal(standardDeviation: 1))
  }

  /// The product of the two weights, in Double: `[out, in]`.
  private func product(_ layers: Sequential) -> DTensor {
    let (first, second) = (layers.children[0] as! Linear, layers.children[1] as! Linear)
    let (a, b) = (DTensor(second.weight.value), DTensor(first.weight.value))
    var result = DTensor(zeros: [a.shape[0], b.shape[1]])
    for i in 0..<a.shape[0] {
      for j in 0..<b.shape[1] {
        result[i, j] = (0..<a.shape[1]).reduce(0) { $0 + a[i, $1] * b[$1, j] }
      }
    }
    return result
  }

  /// With all singular values it is the same function.
  func testFullRankIsTheLayer() throws {
    for (seed, inputs, outputs, bias) in [(1, 7, 5, true), (2, 5, 9, false), (3, 6, 6, true)]
      as [(UInt64, Int, Int, Bool)]
    {
      let linear = layer(seed, from: inputs, to: outputs, bias: bias)
      let layers = try linear.truncated(rank: min(inputs, outputs), ParameterStore().scope["fc"])
      assertClose(linear.weight.value, product(layers), absolute: 1e-5)
      var generator = RandomStream(seed: seed)
      let x = generator.tensor([4, inputs])
      assertClose(layers(x, .inference()), linear(x, .inference()), absolute: 1e-5)
      XCTAssertEqual((layers.children[1] as? Linear)?.bias == nil, !bias)
    }
  }

  /// What is lost is the singular values that are left out (Eckart and Young): no matrix of that rank is nearer.
  func testWhatIsLostAreTheSmallestSingularValues() throws {
    let linear = layer(4, from: 12, to: 8)
    let values = try LinearAlgebra.svd(linear.weight.value).s.scalars.map(Double.init)
    let weight = DTensor(linear.weight.value)
    for rank in 1...8 {
      let layers = try linear.truncated(rank: rank, ParameterStore().scope["fc"])
      XCTAssertEqual((layers.children[0] as? Linear)?.weight.shape, [rank, 12])
      XCTAssertEqual((layers.children[1] as? Linear)?.weight.shape, [8, rank])
      let lost = weight.zip(product(layers)) { ($0 - $1) * ($0 - $1) }.values.reduce(0, +)
      let expected = values[rank...].reduce(0) { $0 + $1 * $1 }
      XCTAssertEqual(lost, expected, accuracy: 1e-5 + 1e-4 * expected, "rank \(rank)")
    }
  }

  /// Keys, and the order of inputs in files: a file's first weight takes what the file's features are.
  func testFilesHaveTheLayersOrderOfInputs() throws {
    let linear = layer(5, from: 12, to: 6, flattening: (3, 2, 2))
    let store = ParameterStore()
    let layers = try linear.truncated(rank: 2, store.scope["classifier"]["0"])
    XCTAssertEqual(
      store.all.map(\.name), ["classifier.0.0.weight", "classifier.0.1.weight", "classifier.0.1.bias"])
    XCTAssertEqual(store.all[0].layout, .flattened(channels: 3, height: 2, width: 2))
    XCTAssertEqual(layers.path, "classifier.0")
    assertSameBits(store.all[2].value, linear.bias!.value)
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try store.save(to: path)
    let again = ParameterStore()
    let empty = try layer(6, from: 12, to: 6, flattening: (3, 2, 2)).truncated(
      rank: 2, again.scope["classifier"]["0"])
    try again.load(from: path)
    var generator = RandomStream(seed: 1)
    let x = generator.tensor([3, 12])
    assertSameBits(empty(x, .inference()), layers(x, .inference()))
  }

  func testRefusesWhatIsNotFinite() throws {
    let linear = layer(7, from: 3, to: 3)
    linear.weight.value = Tensor(repeating: .infinity, shape: [3, 3])
    XCTAssertThrowsError(try linear.truncated(rank: 1, ParameterStore().scope)) { error in
      XCTAssertEqual(error as? LinearAlgebraError, .notFinite(operation: "svd"))
    }
  }
}
