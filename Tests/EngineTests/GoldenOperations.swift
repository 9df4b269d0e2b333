import Engine
import Foundation
import TestSupport
import XCTest

/// What PyTorch computes for small cases; written by `scripts/goldens/topics/operations.py`.
struct GoldenOperations {
  struct Array: Decodable {
    let shape: [Int]
    let values: [Double]

    var dTensor: DTensor { DTensor(shape: shape, values: values) }
    var tensor: Tensor { dTensor.tensor }
  }

  struct Loss: Decodable {
    let name: String
    let x, y, seed, gradient: Array
    let reduction: String
    let smoothing: Double?
    let labels: [Int]?
    let ignored: Int?
    let target, weights: Array?
    let beta: Double?

    var kind: Reduction {
      switch reduction {
      case "mean": .mean
      case "sum": .sum
      default: .none
      }
    }

    var description: String {
      "\(name) \(reduction) smoothing \(smoothing ?? 0) beta \(beta ?? 1) "
        + "weights \(weights != nil) ignored \(ignored.map(String.init) ?? "none")"
    }
  }

  struct Window: Decodable {
    let name: String
    let x, y, seed, gradient: Array
    let weight, weightGradient: Array?
    let kernel, stride, padding, dilation, outputPadding: [Int]?
    let groups, size: Int?
    let ceil, countIncludePad: Bool?

    var geometry: Reference.Window {
      func pair(_ value: [Int]?) -> (h: Int, w: Int) { (value![0], value![1]) }
      return Reference.Window(
        kernel: pair(kernel), stride: pair(stride), padding: pair(padding), dilation: pair(dilation))
    }
  }

  struct Elementwise: Decodable {
    let name: String
    let x, y, seed, gradient: Array
  }

  struct BatchNorm: Decodable {
    let x, weight, bias, mean, variance, y, newMean, newVariance, inference: Array
    let seed, gradient, weightGradient, biasGradient: Array
  }

  let losses: [Loss]
  let windows, transposedConvolutions: [Window]
  let activations: [Elementwise]
  let batchNorm: BatchNorm

  static func load() throws -> GoldenOperations {
    func decode<T: Decodable>(_ name: String, as _: T.Type = T.self) throws -> T {
      let url = try XCTUnwrap(
        Bundle.module.url(forResource: "operations_\(name)", withExtension: "json", subdirectory: "Fixtures"))
      return try JSONDecoder().decode(T.self, from: Data(contentsOf: url))
    }
    return GoldenOperations(
      losses: try decode("losses"),
      windows: try ["convolutions", "pooling", "adaptive_pooling", "local_response_norm"].flatMap {
        try decode($0, as: [Window].self)
      },
      transposedConvolutions: try decode("transposed_convolutions"),
      activations: try decode("activations"), batchNorm: try decode("batch_norm"))
  }
}
