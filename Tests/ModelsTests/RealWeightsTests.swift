import Engine
import Foundation
import Models
import TestSupport
import XCTest

/// Published weights: `../shared/data/weights`, or the folder of `COLONNADE_DATA`.
final class RealWeightsTests: XCTestCase {
  private func path(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).appending(path: "../../..").standardized
    let data =
      ProcessInfo.processInfo.environment["COLONNADE_DATA"].map { URL(filePath: $0) }
      ?? root.appending(path: "../shared/data").standardized
    let path = data.appending(path: "weights/\(name)").path
    guard FileManager.default.fileExists(atPath: path) else { throw XCTSkip("\(path) is not there") }
    return path
  }

  /// The ONNX model zoo's own three vectors; torchvision reproduces them within 1.4·10⁻⁴ on outputs of about 290.
  func testSqueezeNetReproducesTheModelZoosVectors() throws {
    let network = try Network("squeezenet1_1", initializes: false)
    try network.store.load(from: path("squeezenet1_1.safetensors"))
    for index in 0..<3 {
      let input = try readNPY(path("squeezenet1_1_vectors/input_\(index).npy"))
      let expected = try readNPY(path("squeezenet1_1_vectors/output_\(index).npy"))
      let logits = try network.logits(input.permuted([0, 2, 3, 1]))
      let scale = expected.scalars.map { Double(abs($0)) }.max()!
      assertClose(logits, expected, absolute: 1e-5 * scale, relative: 0, "vector \(index)")
    }
  }

  /// The keys load strictly, and the logits are those of `CIFARResNet` in `scripts/make_model_goldens.py` with the
  /// same weights, in float64.
  func testResNet20LoadsItsPublishedWeights() throws {
    let network = try Network("resnet20", initializes: false)
    try network.store.load(from: path("resnet20_cifar10.safetensors"))
    let logits = try network.logits(Golden.all["resnet20"]!.pictures())
    let expected = [
      0.7546683, -2.25407, 1.143829, 3.927324, -1.117511, -0.497051, -5.117039, -4.810413, 6.63961,
      1.241444, 0.419148, -3.597703, -0.6864965, 9.275771, -5.413388, 1.988553, -8.429254, -3.10816,
      4.082579, 5.372457,
    ]
    assertClose(logits, DTensor(shape: [2, 10], values: expected), absolute: 1e-4, relative: 0)
  }

  /// Little-endian float32 in C order, NumPy's format 1.0.
  private func readNPY(_ path: String) throws -> Tensor {
    let bytes = try Data(contentsOf: URL(filePath: path))
    let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    let header = String(decoding: bytes[10..<start], as: UTF8.self)
    precondition(header.contains("'<f4'") && header.contains("'fortran_order': False"), header)
    let extents = header.split(separator: "(")[1].split(separator: ")")[0]
      .split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    return bytes[start...].withUnsafeBytes { raw in
      Tensor(shape: Shape(extents)) { elements in
        for index in elements.indices {
          elements[index] = raw.loadUnaligned(fromByteOffset: index * 4, as: Float.self)
        }
      }
    }
  }
}
