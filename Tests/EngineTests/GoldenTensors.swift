import Engine
import Foundation
import TestSupport
import XCTest

/// What PyTorch computes with one or more tensors; written by `scripts/goldens/topics/operations.py`.
struct GoldenTensors: Decodable {
  let name: String
  let inputs: [GoldenOperations.Array]
  let y, seed: GoldenOperations.Array
  let gradients: [GoldenOperations.Array]
  let axes, size, indices: [Int]?
  let scale: Double?
  let groups: Int?

  static func load(_ file: String) throws -> [GoldenTensors] {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: "operations_\(file)", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode([GoldenTensors].self, from: Data(contentsOf: url))
  }

  /// Holds the operation's result and gradients against PyTorch's.
  func check(
    absolute: Double = 2e-6, relative: Double = 1e-5, _ operation: ([Tensor]) -> Tensor,
    file: StaticString = #filePath,
    line: UInt = #line
  ) {
    let label = "\(name) axes \(axes ?? []) size \(size ?? []) scale \(scale ?? 0)"
    let leaves = inputs.map { $0.tensor.requiringGradient() }
    let result = operation(leaves)
    assertClose(result, y.dTensor, absolute: absolute, relative: relative, label, file: file, line: line)
    let found = result.backward(seed: seed.tensor)
    for (number, (leaf, expected)) in zip(leaves, gradients).enumerated() {
      guard let gradient = found[leaf] else {
        XCTFail("no gradient of input \(number) of \(label)", file: file, line: line)
        continue
      }
      assertClose(
        gradient, expected.dTensor, absolute: absolute, relative: relative, "input \(number) of \(label)",
        file: file, line: line)
    }
  }
}
