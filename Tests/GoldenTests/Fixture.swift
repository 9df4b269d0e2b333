import Engine
import Foundation
import Models
import XCTest

/// What `goldens/topics/passes.py` wrote for a network: numbers that PyTorch computed in float64. Samples are at the
/// offsets of ``CounterGenerator/sample(_:of:_:)``, in PyTorch's order.
struct Fixture: Decodable {
  /// Elements of a tensor, and its largest absolute value.
  struct Sampled: Decodable {
    let name: String
    let maximum: Double
    let samples: [Double]
  }

  struct Gradient: Decodable {
    let name: String
    let norm: Double
    /// The largest error of runs that differ from the golden in rounding alone: over the samples, relative to their
    /// norm, and of the whole gradient's norm.
    let error, normError: Double
    let samples: [Double]
  }

  enum Mode: String, Decodable {
    /// Batch norm with the batch's statistics.
    case training
    /// Batch norm with running statistics.
    case inference
  }

  let network: String
  let mode: Mode
  let input: [Int]
  let labels: [Int]
  let classes: Int
  let stages: [Sampled]
  let logits: [Double]
  let auxiliary: [Sampled]
  let loss: Double
  let gradients: [Gradient]
  let statistics: [Sampled]

  static func decode<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
  }
}
